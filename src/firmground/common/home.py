"""Where this installation keeps its data, and which catalogue is in force."""

import os
import secrets
from pathlib import Path

HOME = Path(os.environ.get("FIRMGROUND_HOME", "var")).absolute()
CATALOGUE = Path(
    os.environ.get("FIRMGROUND_CATALOGUE", Path(__file__).parents[3] / "catalogue" / "china_2020")
).absolute()


def secret_key(home: Path = HOME) -> str:
    """The key that signs cookies and forms: made once for each installation, kept in `home` for its user alone."""
    file = home / "secret_key"
    home.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".secret_key.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
    try:
        os.link(fresh, file)  # fails if it is there: of two processes that start at once, one key wins
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return file.read_text(encoding="ascii")
