"""The stand-alone report of what a page shows, coloured by the page's own scales."""

from collections.abc import Iterable
from datetime import date

from gamnet.export.report import about, to_html
from gamnet.prediction.result import Prediction
from gamnet_app.shared import reference, session


def html(predictions: Iterable[Prediction]) -> str:
    """One HTML file that works without a network, dated today."""
    shown = list(predictions)
    limits = {
        key: limit
        for name in {prediction.model for prediction in shown}
        for key, limit in reference.scale_limits(name).items()
    }
    return to_html(shown, about(session.model()), date.today().isoformat(), limits)
