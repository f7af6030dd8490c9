"""One record of JSON, wherever it stands: read as JSON says and not as Python forgives, with what is wrong named by its line or number."""

from __future__ import annotations

import json
from typing import Any

from anneal.datasets.files.problems import Problem, ProblemSink, shown
from anneal.datasets.files.reading import Source
from anneal.datasets.files.reasons import json_reason
from anneal.datasets.files.values import DuplicateKeyError, NotJsonNumberError, json_value


class JsonRecords:
    """What readers of records share. `number` is a record's line, or its place in a document."""

    def __init__(self, source: Source, log: ProblemSink) -> None:
        self._source = source
        self._log = log

    def decoded(self, number: int, text: str) -> dict[str, Any] | None:
        """The object that a text says; None for anything else, which the log then names."""
        try:
            found = json_value(text)
        except NotJsonNumberError as error:
            self._add("data:nan_value", number, value=str(error))
        except DuplicateKeyError as error:
            self._add("data:duplicate_key", number, column=shown(error.key))
        except json.JSONDecodeError as error:
            self._add("data:bad_json", number, value=shown(text), reason=json_reason(error.msg), position=error.colno)
        except (ValueError, RecursionError):
            self._add("data:bad_json", number, value=shown(text), reason="json_too_deep_or_large", position=1)
        else:
            if isinstance(found, dict):
                return found
            self._add("data:not_an_object", number, value=shown(text))
        return None

    def _add(
        self, code: str, row: int | None, *, column: str | None = None, value: str | None = None, **params: Any
    ) -> None:
        self._log.add(Problem(code, file=self._source.name, row=row, column=column, value=value, params=params))
