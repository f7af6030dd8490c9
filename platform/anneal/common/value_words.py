"""The words for what a value of the contract can have wrong with it, by the types of findings that pydantic has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anneal.common.texts import text, texts_register, texts_registered

_NUMBER: Final = ("a number is needed", "应为数字")
_WHOLE: Final = ("a whole number is needed", "应为整数")
_TEXT: Final = ("a text in quotation marks is needed", "应为引号括起的文本")
_YES_NO: Final = ("true or false is needed", "应为 true 或 false")
_LIST: Final = ("a list in brackets is needed", "应为方括号括起的列表")
_OBJECT: Final = ("an object in braces is needed", "应为花括号括起的对象")

texts_register(
    {
        f"value.{kind}": words
        for kind, words in {
            "missing": ("it is missing, and has no default", "缺少此项，且没有默认值"),
            "extra_forbidden": ("there is no such setting", "没有这个设置"),
            "float_type": _NUMBER,
            "float_parsing": _NUMBER,
            "finite_number": _NUMBER,
            "int_type": _WHOLE,
            "int_parsing": _WHOLE,
            "int_from_float": _WHOLE,
            "string_type": _TEXT,
            "bool_type": _YES_NO,
            "bool_parsing": _YES_NO,
            "list_type": _LIST,
            "tuple_type": _LIST,
            "dict_type": _OBJECT,
            "model_type": _OBJECT,
            "model_attributes_type": _OBJECT,
            "greater_than": ("it must be above {gt}", "必须大于 {gt}"),
            "greater_than_equal": ("it must be at least {ge}", "不得小于 {ge}"),
            "less_than": ("it must be below {lt}", "必须小于 {lt}"),
            "less_than_equal": ("it must be at most {le}", "不得大于 {le}"),
            "literal_error": ("it must be {expected}", "必须是 {expected}"),
            "union_tag_invalid": (
                "there is no kind {tag!r}; it must be one of {expected_tags}",
                "没有类型 {tag!r}；应为 {expected_tags} 之一",
            ),
            "union_tag_not_found": ("its “type” is missing", "缺少“type”"),
            "string_too_short": ("it needs at least {min_length} characters", "至少需要 {min_length} 个字符"),
            "string_too_long": ("it has more than {max_length} characters", "超过 {max_length} 个字符"),
            "string_pattern_mismatch": ("it has characters that cannot stand there", "含有不允许的字符"),
            "too_short": ("it needs at least {min_length} entries", "至少需要 {min_length} 项"),
            "too_long": ("it has more than {max_length} entries", "超过 {max_length} 项"),
            "uuid_type": ("an identifier is needed", "应为标识符"),
            "uuid_parsing": ("this is no identifier", "不是有效的标识符"),
        }.items()
    }
)


def finding_words(kind: str, context: Mapping[str, Any], said: str) -> str:
    """The words for a finding in the language of the request; what was `said` for a kind that has none, such as our own validators'."""
    code = f"value.{kind}"
    return text(code, **context) if code in texts_registered() else said
