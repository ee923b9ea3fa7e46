"use strict";
// How a page steps through a convolution: one output place after the other, with what flows into it or out of it.
globalThis.walkthrough = ({ make, number, both, range, grid, differs, result }) => {
  const zeros = (rows, columns) => range(rows).map(() => Array(columns).fill(0));
  const span = (axis, start, count) => count === 1 ? `${axis} ${start}` : `${axis}s ${start} to ${start + count - 1}`;
  const term = (value) => value < 0 ? `(${number(value)})` : number(value);

  // What both directions share: sizes, the padded input, and the order of the steps.
  function problem(data) {
    const { x, w, b, stride, pad } = data;
    const [N, C, H, W] = [x.length, x[0].length, x[0][0].length, x[0][0][0].length];
    const [F, HH, WW] = [w.length, w[0][0].length, w[0][0][0].length];
    const upstream = data.dout || data.expected;
    const [rows, columns] = [upstream[0][0].length, upstream[0][0][0].length];
    const height = H + 2 * pad, width = W + 2 * pad;
    const padding = (i, j) => i < pad || j < pad || i >= H + pad || j >= W + pad;
    const padded = x.map((image) => image.map((plane) =>
      range(height).map((i) => range(width).map((j) => padding(i, j) ? 0 : plane[i - pad][j - pad]))));
    const count = N * F * rows * columns;
    const at = (step) => {
      const place = Math.floor(step / columns), outer = Math.floor(place / rows);
      const [n, f, h, v] = [Math.floor(outer / F), outer % F, place % rows, step % columns];
      const gradient = data.dout && data.dout[n][f][h][v];
      return { n, f, h, v, top: h * stride, left: v * stride, index: `[${n}, ${f}, ${h}, ${v}]`, gradient };
    };
    const inside = ({ top, left }) => (i, j) => i >= top && i < top + HH && j >= left && j < left + WW;
    const look = (here) => (i, j) => `${padding(i, j) ? "pad" : ""} ${inside(here)(i, j) ? "in" : ""}`;
    const worst = (output, ...index) =>
      output === data.output && data.worst && index.every((i, axis) => i === data.worst[axis]) ? "worst" : "";
    const label = (name) => pad ? `${name}, padded` : name;
    const region = ({ n, top, left }, name) =>
      `${span("row", top, HH)}, ${span("column", left, WW)} of ${pad ? "the padded " : ""}${name}[${n}]`;
    return {
      data, w, b, C, F, H, W, HH, WW, pad, rows, columns, height, width, padded, count, at, inside, look, worst, label, region,
    };
  }

  function forward(p, stage) {
    const { data, C, HH, WW } = p;
    const lines = range(C).map(() => {
      const line = make(stage, "div", "equation");
      const input = grid(line, p.height, p.width);
      make(line, "span", "", "×");
      const kernel = grid(line, HH, WW);
      make(line, "span", "", "=");
      const products = grid(line, HH, WW);
      return { input, kernel, products, sum: make(line, "span") };
    });
    const total = make(stage, "p", "total");
    const compare = result(stage, data, p.rows, p.columns);
    return (step) => {
      const here = p.at(step), { n, f, h, v, top, left } = here;
      const sums = lines.map((line, c) => {
        const products = p.w[f][c].map((row, i) => row.map((weight, j) => weight * p.padded[n][c][top + i][left + j]));
        const sum = products.flat().reduce((a, product) => a + product, 0);
        line.input.paint(p.label(`x[${n}, ${c}]`), p.padded[n][c], p.look(here));
        line.input.slide(top, left, HH, WW);
        line.kernel.paint(`w[${f}, ${c}]`, p.w[f][c]);
        line.products.paint("products", products);
        line.sum.textContent = `sum ${number(sum)}`;
        return sum;
      });
      const value = sums.reduce((a, sum) => a + sum, p.b[f]);
      const terms = [number(sums[0]), ...[...sums.slice(1), p.b[f]].map(term)].join(" + ");
      const what = C === 1 ? "the sum" : `the sums of the ${C} channels`;
      total.textContent = `out${here.index} = ${terms} = ${number(value)}: ${what}, and the bias b[${f}].`;
      compare([n, f], (i, j) => i === h && j === v ? "now" : "");
      return `out${here.index}: the kernel w[${f}] lies on ${p.region(here, "x")}. With the bias, that makes ${number(value)}. `
        + verdict(data, here.index, [n, f, h, v]);
    };
  }

  function verdict(data, name, index) {
    if (!data.got) return "";
    const [expected, got] = [data.expected, data.got].map((array) => index.reduce((inner, i) => inner[i], array));
    if (!differs(data, expected, got)) return `Your out${name} is ${number(got)} too.`;
    const [mine, right] = both(got, expected);
    return `Your out${name} is ${mine}, expected ${right}.`;
  }

  // Each part shows how one upstream gradient reaches one of the outputs, and says so in a sentence.
  const parts = {
    dx(p, stage) {
      const lines = range(p.C).map(() => {
        const line = make(stage, "div", "equation");
        const kernel = grid(line, p.HH, p.WW);
        const factor = make(line, "span");
        const share = grid(line, p.HH, p.WW);
        make(line, "span", "", "added to");
        return { kernel, factor, share, sum: grid(line, p.height, p.width) };
      });
      return (step) => {
        const here = p.at(step), { n, f } = here;
        lines.forEach((line, c) => {
          const share = p.w[f][c].map((row) => row.map((weight) => weight * here.gradient));
          const sum = zeros(p.height, p.width);
          for (const earlier of range(step + 1).map(p.at).filter((each) => each.n === n)) {
            p.w[earlier.f][c].forEach((row, i) => row.forEach((weight, j) => {
              sum[earlier.top + i][earlier.left + j] += weight * earlier.gradient;
            }));
          }
          line.kernel.paint(`w[${f}, ${c}]`, p.w[f][c]);
          line.factor.textContent = `× ${term(here.gradient)} =`;
          line.share.paint("its share", share);
          line.sum.paint(p.label(`dx[${n}, ${c}] so far`), sum, (i, j) =>
            `${p.look(here)(i, j)} ${p.worst("dx", n, c, i - p.pad, j - p.pad)}`);
          line.sum.slide(here.top, here.left, p.HH, p.WW);
        });
        const cut = p.pad ? " The padding is cut off at the end." : "";
        return `${number(here.gradient)} times w[${f}] is added to ${p.region(here, "dx")}.${cut}`;
      };
    },
    dw(p, stage) {
      const lines = range(p.C).map(() => {
        const line = make(stage, "div", "equation");
        const input = grid(line, p.height, p.width);
        const factor = make(line, "span");
        const share = grid(line, p.HH, p.WW);
        make(line, "span", "", "added to");
        return { input, factor, share, sum: grid(line, p.HH, p.WW) };
      });
      const windowOf = ({ n, top, left }, c) => range(p.HH).map((i) => p.padded[n][c][top + i].slice(left, left + p.WW));
      return (step) => {
        const here = p.at(step), { n, f } = here;
        lines.forEach((line, c) => {
          const sum = zeros(p.HH, p.WW);
          for (const earlier of range(step + 1).map(p.at).filter((each) => each.f === f)) {
            windowOf(earlier, c).forEach((row, i) => row.forEach((value, j) => {
              sum[i][j] += value * earlier.gradient;
            }));
          }
          line.input.paint(p.label(`x[${n}, ${c}]`), p.padded[n][c], p.look(here));
          line.input.slide(here.top, here.left, p.HH, p.WW);
          line.factor.textContent = `× ${term(here.gradient)} =`;
          const share = windowOf(here, c).map((row) => row.map((value) => value * here.gradient));
          line.share.paint("its share", share);
          line.sum.paint(`dw[${f}, ${c}] so far`, sum, (i, j) => p.worst("dw", f, c, i, j));
        });
        return `${number(here.gradient)} times ${p.region(here, "x")} is added to dw[${f}].`;
      };
    },
    db(p, stage) {
      const sums = grid(make(stage, "div", "equation"), 1, p.F, true);
      return (step) => {
        const here = p.at(step);
        const sum = Array(p.F).fill(0);
        for (const earlier of range(step + 1).map(p.at)) sum[earlier.f] += earlier.gradient;
        sums.paint("db so far", [sum], (_, f) => f === here.f ? "now" : "");
        return `${number(here.gradient)} is added to db[${here.f}], which makes ${number(sum[here.f])}.`;
      };
    },
  };

  function backward(p, stage) {
    const { data } = p;
    const flow = make(stage, "div", "flow");
    const dout = grid(flow, p.rows, p.columns);
    const judged = parts[data.output](p, make(flow, "div", "part"));
    const comparisons = compareGradient(p, stage);
    const others = make(stage, "details");
    const names = Object.keys(parts).filter((name) => name !== data.output);
    make(others, "summary", "", `The same number flows into ${names.join(" and ")}`);
    const rest = names.map((name) => {
      const part = parts[name](p, make(others, "div", "part"));
      const sentence = others.lastChild.appendChild(document.createElement("p"));
      return (step) => { sentence.textContent = part(step); };
    });
    return (step) => {
      const here = p.at(step);
      dout.paint(`dout[${here.n}, ${here.f}]`, data.dout[here.n][here.f], (i, j) =>
        i === here.h && j === here.v ? "now" : i * p.columns + j > here.h * p.columns + here.v ? "later" : "");
      rest.forEach((show) => show(step));
      comparisons(here);
      const last = step === p.count - 1 ? ` That was the last one: ${data.output} is complete.` : "";
      return `dout${here.index} is ${number(here.gradient)}: ${judged(step)}${last}`;
    };
  }

  // Expected and got of the judged gradient, where this step's image, filter or channel is.
  function compareGradient(p, stage) {
    const { data } = p;
    if (data.output === "db") {
      const compare = result(stage, data, 1, p.F, true);
      return () => compare([], (_, f) => p.worst("db", f));
    }
    const size = data.output === "dx" ? [p.H, p.W] : [p.HH, p.WW];
    const compares = range(p.C).map(() => result(stage, data, ...size));
    return (here) => {
      const outer = data.output === "dx" ? here.n : here.f;
      compares.forEach((compare, c) => compare([outer, c], (i, j) => p.worst(data.output, outer, c, i, j)));
    };
  }

  // The step at which to begin: the worst cell's own, or the first that flows into it, and is not zero if possible.
  function first(p) {
    const { data } = p, worst = data.worst;
    const touches = !worst ? () => true : {
      out: (here) => [here.n, here.f, here.h, here.v].every((i, axis) => i === worst[axis]),
      dx: (here) => here.n === worst[0] && p.inside(here)(worst[2] + p.pad, worst[3] + p.pad),
      dw: (here) => here.f === worst[0],
      db: (here) => here.f === worst[0],
    }[data.output];
    const flows = (here) => here.gradient !== 0;
    const wishes = [(here) => touches(here) && flows(here), touches, flows];
    const steps = range(p.count).map(p.at);
    return wishes.map((wish) => steps.findIndex(wish)).find((step) => step >= 0) ?? 0;
  }

  return (data, stage) => {
    const p = problem(data);
    const view = data.function === "forward" ? forward : backward;
    const legend = p.pad ? "Shaded cells are padding." : "";
    return { count: p.count, first: first(p), legend, show: view(p, stage) };
  };
};
