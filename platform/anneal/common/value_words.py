"""The words for what a value of the contract can have wrong with it, by the types of findings: pydantic's, and those of our validators.

The English words of ours are the contract's, which the command line says too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anneal.common.texts import text, texts_register, texts_registered
from workers.contract.refusals import REFUSALS

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
texts_register(
    {
        f"value.{code}": (REFUSALS[code], chinese)
        for code, chinese in {
            "dora_quantised": "use_dora 需要全精度的矩阵；请将 quantise 设为 none，或将 use_dora 设为 false",
            "rank_not_falling": "target_rank（{target_rank}）必须小于 initial_rank（{initial_rank}）",
            "range_inverted": "low（{low}）必须小于 high（{high}）",
            "log_range_from_zero": "对数范围的下限必须大于 0",
            "range_without_integer": "low（{low}）与 high（{high}）之间没有整数",
            "range_of_fractions": "{path} 只接受整数，而该范围包含小数；请在范围中将 is_integer 设为 true",
            "grid_of_range": "网格搜索只接受候选值，而 {path} 是范围；请改用随机搜索",
            "grid_too_large": "网格共有 {count} 种组合，超过 {limit} 种；请减少候选值，或改用随机搜索",
            "edit_kind_twice": "kinds 中有重复的类型；每种只能写一次",
            "augmentation_empty": "数据增强至少需要 words、cutoff、mixup 和 back_translation 之一；否则请省略此项",
            "loss_of_other_tasks": "此项仅用于任务 {tasks}，不适用于 {task}；请移除",
            "augmentation_of_other_tasks": "{part} 仅用于任务 {tasks}，不适用于 {task}；请移除",
            "budget_of_several": "预算仅用于单次训练；请移除预算，或移除搜索和数据增强（搜索有自己的 {of_search}）",
            "setting_unknown": "没有设置 {path}",
            "setting_refused": "{settings}：{reason}",
            "prefix_recomputed": "重新计算的层会丢失 prefix 方法放在其前面的键和值；请移除两者之一",
            "search_delivers": "搜索没有自己的检查点；请移除两者之一",
            "change_id": "指明要删除、修改或移动的行；新增行时须省略",
            "change_cells": "仅在修改或新增行时提供，其他操作不需要",
            "change_split_missing": "须指明该行移动到哪个划分",
            "change_split_unused": "仅在移动或新增行时提供，其他操作不需要",
        }.items()
    }
)
texts_register({"value.other": ("{said}", "此值不可用（原文：{said}）")})


def finding_words(kind: str, context: Mapping[str, Any], said: str) -> str:
    """The words for a finding in the language of the request. What was `said` of a kind that has none is marked as a quotation."""
    code = f"value.{kind}"
    if code not in texts_registered():
        return text("value.other", said=said)
    because = context.get("because")  # the finding that this one is about
    reason = {"reason": finding_words(because["type"], because.get("ctx", {}), because["msg"])} if because else {}
    return text(code, **{**context, **reason})
