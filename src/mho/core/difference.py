"""What differs between two objects that are values, from how they print themselves."""


def difference(ours: str, theirs: str) -> str:
    """What differs, setting by setting, in words.

    Args:
        ours: One object as it prints itself.
        theirs: The object that it is compared with.
    """
    mine, other = _parts(ours), _parts(theirs)
    if mine[0] != other[0]:
        return f"{mine[0]}, not {other[0]}"
    changed = []
    for one, another in zip(mine, other, strict=False):
        if one.partition("=")[0] != another.partition("=")[0]:
            break  # what follows belongs to different objects
        if one != another:
            changed.append(f"{one}, not {another}")
    return "; ".join(changed) or "its settings have other names"


def _parts(settings: str) -> list[str]:
    """Name of the class, then each setting as it is printed, nested ones one by one."""
    return settings.replace("(", ", ").rstrip(")").split(", ")
