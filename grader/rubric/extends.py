"""`extends` and `drop`: one rubric's YAML laid over another's."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.errors import did_you_mean
from grader.rubric import located_yaml
from grader.rubric.located_yaml import Located


def load_tree(file: Path, packaged: Path, problems: list[str]) -> tuple[Located | None, str, bool]:
    """A rubric's tree laid over the tree of what it extends.

    Args:
        file: the YAML file. `extends` is looked up beside it, then in `packaged`.
        packaged: the folder of the packaged rubrics.
        problems: what is wrong is added to it.

    Returns:
        The tree (None where nothing could be read), the SHA-256 of the texts of all the files, and whether the tree
        is whole: if what it extends could not be read, keys may be missing from it that are not really missing.
    """
    loader = _Loader(packaged, problems)
    tree = loader.load(file, ())
    return tree, loader.digest.hexdigest(), not loader.base_is_missing


class _Loader:
    """Follows `extends` from file to file."""

    def __init__(self, packaged: Path, problems: list[str]) -> None:
        self.packaged = packaged
        self.problems = problems
        self.digest = hashlib.sha256()
        self.base_is_missing = False

    def load(self, file: Path, above: tuple[Path, ...]) -> Located | None:
        """The merged tree of one file; `above` are the files that extend it."""
        data = located_yaml.read(file, self.problems)
        tree = located_yaml.parse(file, data, self.problems) if data is not None else None
        if data is None or tree is None:
            return None
        self.digest.update(data)
        own = dict(tree.value)
        extends, drop = own.pop("extends", None), own.pop("drop", None)
        tree = Located(own, tree.place)
        if extends is None:
            if drop is not None:
                self.problems.append(f"{drop.place}: drop: there is nothing to drop items from without `extends`")
            return tree
        chain = (*above, file.resolve())
        base_file = self._base_file(file, extends, chain)
        base = self.load(base_file, chain) if base_file is not None else None
        if base is None:
            self.base_is_missing = True
            return tree
        return _merge(base if drop is None else self._without(base, drop), tree)

    def _base_file(self, file: Path, extends: Located, chain: tuple[Path, ...]) -> Path | None:
        """The file that `extends` names."""
        name = extends.value
        if not isinstance(name, str):
            self.problems.append(f"{extends.place}: extends: must be the name of a rubric file")
            return None
        found = next((base for base in self._called(name, file.parent) if base.is_file()), None)
        if found is None:
            suggestion = did_you_mean(name, [base.stem for base in self.packaged.glob("*.yaml")])
            where = f"beside {file} or in the package"
            self.problems.append(f"{extends.place}: extends: there is no {name} {where}{suggestion}")
        elif found.resolve() in chain:
            self.problems.append(f"{extends.place}: extends: {name} extends itself")
            return None
        return found

    def _called(self, name: str, folder: Path) -> Iterator[Path]:
        """Where a rubric of this name may be; the ending may be left out."""
        for place in (folder, self.packaged):
            yield from (place / name, place / f"{name}.yaml")

    def _without(self, base: Located, drop: Located) -> Located:
        """The base less the items that `drop` names, and less the operators, with all items about them."""
        names = drop.plain()
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            self.problems.append(f"{drop.place}: drop: must be a list of ids of items, or of operators")
            return base
        items = base.value.get("items", Located([], base.place))
        known = [_item_id(item) for item in items.value] if isinstance(items.value, list) else []
        operators = base.value.get("operators", Located({}, base.place))
        by_key = operators.value if isinstance(operators.value, dict) else {}
        for child in drop.value:
            if child.value not in known and child.value not in by_key:
                suggestion = did_you_mean(str(child.value), [*by_key, *(one for one in known if isinstance(one, str))])
                what = "item or operator" if by_key else "item"
                self.problems.append(
                    f"{child.place}: drop: the extended rubric has no {what} {child.value}{suggestion}"
                )
        dropped = {*names} - {*known}
        kept = [
            item
            for item, name in zip(items.value, known, strict=False)
            if name not in names and _operator_of(item) not in dropped
        ]
        found = {**base.value, "items": Located(kept, items.place)}
        if by_key:
            left = {key: child for key, child in by_key.items() if key not in dropped}
            found["operators"] = Located(left, operators.place)
        return Located(found, base.place)


def _merge(base: Located, over: Located) -> Located:
    """`over` wins; mappings are merged key by key, and lists of items by id."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(base.value)
    for key, child in over.value.items():
        if key == "items" and key in merged and isinstance(child.value, list):
            merged[key] = Located(_merge_items(merged[key].value, child.value), child.place)
        elif key in merged:
            merged[key] = _merge(merged[key], child)
        else:
            merged[key] = child
    return Located(merged, over.place)


def _merge_items(base: Any, over: list[Located]) -> list[Located]:
    """Items of `over` change those of `base` with the same id, in place; others follow."""
    kept = list(base) if isinstance(base, list) else []
    known = [_item_id(item) for item in kept]
    changes = {_item_id(item): item for item in reversed(over) if _item_id(item) in known}
    merged = [_changed(item, changes.get(name)) for name, item in zip(known, kept, strict=True)]
    return merged + [item for item in over if item not in changes.values()]


def _changed(item: Located, change: Located | None) -> Located:
    """An item of the base: one with a `kind` takes its place, one without changes only the keys that it has."""
    if change is None:
        return item
    return change if "kind" in change.value else _merge(item, change)


def _operator_of(item: Located) -> Any:
    value = item.value.get("operator") if isinstance(item.value, dict) else None
    return None if value is None else value.value


def _item_id(item: Located) -> Any:
    value = item.value.get("id") if isinstance(item.value, dict) else None
    return value.value if value is not None and isinstance(value.value, str) else id(item)
