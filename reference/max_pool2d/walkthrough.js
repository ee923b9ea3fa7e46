"use strict";
// How a page steps through a max pooling: one window after the other, which cell of it wins, where its gradient goes.
globalThis.walkthrough = ({ make, number, both, range, grid, differs, result }) => {
  function problem(data) {
    const { x, pool_height: height, pool_width: width, stride } = data;
    const upstream = data.dout || data.expected;
    const [C, rows, columns] = [x[0].length, upstream[0][0].length, upstream[0][0][0].length];
    const at = (step) => {
      const place = Math.floor(step / columns), outer = Math.floor(place / rows);
      const [n, c, h, v] = [Math.floor(outer / C), outer % C, place % rows, step % columns];
      const top = h * stride, left = v * stride, index = `[${n}, ${c}, ${h}, ${v}]`;
      const cells = range(height * width).map((k) => [top + Math.floor(k / width), left + k % width]);
      const largest = Math.max(...cells.map(([i, j]) => x[n][c][i][j]));
      const winners = cells.filter(([i, j]) => x[n][c][i][j] === largest);
      return { n, c, h, v, top, left, index, largest, winners, gradient: data.dout && data.dout[n][c][h][v] };
    };
    const inside = ({ top, left }, i, j) => i >= top && i < top + height && j >= left && j < left + width;
    const wins = ({ winners }, i, j) => winners.some(([row, column]) => row === i && column === j);
    const look = (here) => (i, j) => `${inside(here, i, j) ? "in" : ""} ${wins(here, i, j) ? "now" : ""}`;
    const count = x.length * C * rows * columns;
    const [H, W] = [x[0][0].length, x[0][0][0].length];
    return { data, x, H, W, rows, columns, height, width, at, inside, look, count };
  }

  const places = ({ n, c, winners }) =>
    winners.map(([i, j]) => `x[${n}, ${c}, ${i}, ${j}]`).join(winners.length === 2 ? " and " : ", ");

  function forward(p, stage) {
    const { data } = p;
    const input = grid(make(stage, "div", "equation"), p.H, p.W);
    const compare = result(stage, data, p.rows, p.columns);
    return (step) => {
      const here = p.at(step), { n, c, h, v } = here;
      input.paint(`x[${n}, ${c}]`, p.x[n][c], p.look(here));
      input.slide(here.top, here.left, p.height, p.width);
      compare([n, c], (i, j) => i === h && j === v ? "now" : "");
      const won = `out${here.index}: the largest number of the window is ${number(here.largest)}, at ${places(here)}.`;
      if (!data.got) return won;
      const [expected, got] = [data.expected, data.got].map((array) => array[n][c][h][v]);
      if (!differs(data, expected, got)) return `${won} Your out${here.index} is ${number(got)} too.`;
      const [mine, right] = both(got, expected);
      return `${won} Your out${here.index} is ${mine}, expected ${right}.`;
    };
  }

  function backward(p, stage) {
    const { data } = p;
    const flow = make(stage, "div", "flow");
    const dout = grid(flow, p.rows, p.columns);
    const input = grid(make(flow, "div", "part"), p.H, p.W);
    const compare = result(stage, data, p.H, p.W);
    return (step) => {
      const here = p.at(step), { n, c, h, v } = here;
      dout.paint(`dout[${n}, ${c}]`, data.dout[n][c], (i, j) => i === h && j === v ? "now" : "");
      input.paint(`x[${n}, ${c}]`, p.x[n][c], p.look(here));
      input.slide(here.top, here.left, p.height, p.width);
      compare([n, c], (i, j) => p.look(here)(i, j).includes("now") ? "now" : "");
      const value = `dout${here.index} is ${number(here.gradient)}`;
      if (here.winners.length === 1) {
        const [[i, j]] = here.winners;
        return `${value}: it is added to dx[${n}, ${c}, ${i}, ${j}], where the largest number of the window lies.`;
      }
      return `${value}: the largest number is at ${places(here)}. They share the gradient in any way you like, `
        + `but all together get ${number(here.gradient)}.`;
    };
  }

  // The step at which to begin: the first whose window has to do with the worst cell, and a gradient if possible.
  function first(p) {
    const { data } = p, worst = data.worst;
    const touches = (here) => !worst || (here.n === worst[0] && here.c === worst[1] && (data.function === "forward"
      ? here.h === worst[2] && here.v === worst[3] : p.inside(here, worst[2], worst[3])));
    const steps = range(p.count).map(p.at);
    const wishes = [(here) => touches(here) && here.gradient !== 0, touches];
    return wishes.map((wish) => steps.findIndex(wish)).find((step) => step >= 0) ?? 0;
  }

  return (data, stage) => {
    const p = problem(data);
    const view = data.function === "forward" ? forward : backward;
    return { count: p.count, first: first(p), legend: "The marked cells of x are the largest of the window.", show: view(p, stage) };
  };
};
