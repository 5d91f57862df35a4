"""A missing extra is named before anything is computed."""

import pytest

from gamnet.errors import ConfigError
from gamnet.extras import require


def test_only_what_is_absent_is_said() -> None:
    require("json", "train")
    with pytest.raises(ConfigError, match=r"nowhere_to_be_found.*pip install '\.\[train\]'"):
        require("nowhere_to_be_found", "train")
