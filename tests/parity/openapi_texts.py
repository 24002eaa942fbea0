"""For schemathesis: how what WHEP takes becomes a body, as the text that it is."""
from __future__ import annotations

from typing import Any, Dict

import schemathesis


@schemathesis.serializer("application/sdp", aliases=("application/trickle-ice-sdpfrag",))
class Text:
    """SDP, or whatever else was thought of."""

    def as_requests(self, context: Any, value: Any) -> Dict[str, Any]:
        return {"data": value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")}

    as_werkzeug = as_requests
