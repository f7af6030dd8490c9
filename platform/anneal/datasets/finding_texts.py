"""The words of the data doctor's findings and of the fixes that it offers: `doctor:leakage` -> `finding.leakage`, `drop` -> `fix.drop`."""

from __future__ import annotations

from collections.abc import Mapping

from anneal.common.texts import text, texts_register


def finding_text(code: str, num_rows: int, params: Mapping[str, object]) -> str:
    """What was found and what to do about it, in the reader's language."""
    told = text(code.replace("doctor:", "finding.", 1), **{**params, "num_rows": num_rows})
    return f"{told} {text('finding.names_read', **params)}" if "names_read" in params else told


def fix_text(name: str) -> str:
    """What a fix does, in the reader's language."""
    return text(f"fix.{name}")


texts_register(
    {
        "finding.not_found": ("There is no such finding.", "没有此发现。"),
        "finding.decided": (
            "This finding is {decision}: its fix was made into a version. Undo that version to take the fix back.",
            "此发现的状态为 {decision}：其修复已生成新版本。如需撤回，请撤销该版本。",
        ),
        "finding.no_such_fix": (
            "This finding has no fix {fix!r}; it has: {known}.",
            "此发现没有修复方式 {fix!r}；可用的有：{known}。",
        ),
        "finding.no_such_columns": (
            "The fix {fix!r} cannot be made in {columns} alone; columns to choose from: {known}.",
            "修复方式 {fix!r} 无法仅用于 {columns}；可选的列：{known}。",
        ),
        "finding.no_rows": (
            "This finding is about the version as a whole; it points at no rows.",
            "此发现针对整个版本，不指向具体的行。",
        ),
        "finding.came_back": (
            "It was dismissed before; rows that have joined since: {num_rows}.",
            "此发现此前曾被忽略；此后新增的行：{num_rows}。",
        ),
        "finding.names_read": (
            "Names of people were looked for in {names_read} of {names_texts} different texts, since all of them would take too long.",
            "文本过多，仅在 {names_texts} 条不同文本中的 {names_read} 条里查找了人名。",
        ),
        "doctor.no_report": (
            "The data doctor has not looked at this version.",
            "数据医生尚未检查此版本。",
        ),
        "doctor.no_map": (
            "There is no map of this version: its rows were not examined, or are too few, or have no texts to compare.",
            "此版本没有分布图：尚未检查、行数过少，或没有可比较的文本。",
        ),
        "doctor.crashed": (
            "The data doctor broke down {times} times on this version, for a reason on our side. The version can be used all the same.",
            "数据医生在此版本上因平台内部原因中断了 {times} 次。此版本仍可正常使用。",
        ),
        "doctor.too_slow": (
            "The data doctor was not done after {seconds} seconds and was stopped. What it found until then is listed.",
            "数据医生在 {seconds} 秒后仍未完成，已被停止。此前的发现已列出。",
        ),
        "doctor.out_of_memory": (
            "The data doctor ran out of memory ({limit} GiB). Let it look at fewer or shorter rows, or have the limit raised.",
            "数据医生的内存（{limit} GiB）不足。请让它检查更少或更短的行，或请管理员提高上限。",
        ),
        "doctor.failed": (
            "The data doctor could not go on: {reason}",
            "数据医生无法继续：{reason}",
        ),
        # --- findings
        "finding.exact_duplicates": (
            "Rows that repeat an earlier row word for word: {num_rows}. They count twice in training; keep one of each.",
            "与前面某行逐字相同的行：{num_rows}。它们会在训练中重复计数；请每组保留一行。",
        ),
        "finding.near_duplicates": (
            "Rows that say almost the same as another one: {num_rows}. They add little and weigh twice; keep one of each group.",
            "与其他行几乎相同的行：{num_rows}。它们信息有限却重复计权；请每组保留一行。",
        ),
        "finding.conflicting_labels": (
            "Rows whose text occurs again with another answer: {num_rows}. A model cannot learn both; decide which one is right.",
            "同一文本却有不同答案的行：{num_rows}。模型无法同时学会两者；请确定哪个正确。",
        ),
        "finding.leakage": (
            "Rows for validation or test that stand in an earlier split too: {num_rows}. Drop them, or train on those without a copy left.",
            "验证集或测试集中同时出现在前面划分里的行：{num_rows}。其结果会虚高；请删除，或将没有副本留在验证集或测试集的行移至训练集。",
        ),
        "finding.boilerplate": (
            "Rows with a passage that many texts share, such as a signature: {num_rows}. A model may learn that instead of the content.",
            "含有大量文本共有段落（如签名）的行：{num_rows}。模型可能学到该段落而不是内容。",
        ),
        "finding.label_errors": (
            "Rows whose label seems wrong when judged by all others: {num_rows}. Look at them, then relabel or drop them.",
            "根据其余各行判断，标签可能有误的行：{num_rows}。请查看后改标或删除。",
        ),
        "finding.outliers": (
            "Rows that are unlike everything else: {num_rows}. They may belong to another data set, or be the rare cases that matter.",
            "与其余内容都不相似的行：{num_rows}。它们可能属于其他数据集，也可能是重要的罕见情况。",
        ),
        "finding.rare_classes": (
            "Rows of classes with hardly any examples: {num_rows}. Add examples of these classes, merge them with others, or drop them.",
            "示例极少的类别中的行：{num_rows}。请为这些类别补充示例，与其他类别合并，或将其删除。",
        ),
        "finding.confusable_classes": (
            "Rows of classes that are easily taken for one another: {num_rows}. Say more clearly where one ends and the other begins.",
            "容易相互混淆的类别中的行：{num_rows}。请更清楚地界定这些类别。",
        ),
        "finding.imbalance": (
            "The classes are very unequal; the largest has {num_rows} rows. Judge by macro F1, and add examples of the small ones.",
            "类别数量很不均衡，最大的类别有 {num_rows} 行。请以宏平均 F1 评判，并补充小类别的示例。",
        ),
        "finding.label_variants": (
            "Rows whose label is another spelling of one that occurs: {num_rows}. Merge the spellings, or they are learnt as two classes.",
            "标签是另一标签不同写法的行：{num_rows}。请合并写法，否则会被当作两个类别。",
        ),
        "finding.personal_data": (
            "Rows that seem to hold personal data, such as addresses, numbers of cards or names: {num_rows}. Mask it or drop the rows.",
            "可能含有个人信息（如邮箱、电话号码、卡号、姓名）的行：{num_rows}。请遮盖或删除这些行。",
        ),
        "finding.mixed_languages": (
            "Rows in another language than most: {num_rows}. Keep them if the model will meet that language.",
            "与多数行语言不同的行：{num_rows}。如果模型会遇到该语言，请保留。",
        ),
        "finding.markup": (
            "Rows with HTML tags or entities left in their text: {num_rows}. Strip them, unless the model will meet such text.",
            "文本中残留 HTML 标签或实体的行：{num_rows}。除非模型会遇到此类文本，否则请去除。",
        ),
        "finding.mojibake": (
            "Rows with characters that a wrong encoding left behind: {num_rows}. Many can be repaired.",
            "含有编码错误造成的乱码的行：{num_rows}。其中许多可以修复。",
        ),
        "finding.empty_texts": (
            "Rows whose text holds nothing to learn from: {num_rows}. Drop them, or fill them in.",
            "文本没有可学习内容的行：{num_rows}。请删除或补充内容。",
        ),
        "finding.cut_texts": (
            "Rows whose text seems to have been cut: {num_rows}. Check whether the export had a limit.",
            "文本疑似被截断的行：{num_rows}。请检查导出时是否有长度限制。",
        ),
        "finding.over_length": (
            "Rows that are longer than the model reads: {num_rows}. What goes beyond is cut off in training.",
            "超过模型可读长度的行：{num_rows}。超出部分在训练中会被截断。",
        ),
        "finding.unreadable": (
            (
                "The base model {base_model} cannot read much of these texts: {percent} % of all that it reads are words or characters "
                "unknown to it, as it was made for other languages. Rows of which a fifth or more is unknown: {num_rows}. Choose "
                "another base model."
            ),
            (
                "基座模型 {base_model} 读不懂这些文本中的许多内容：它读到的词或字符有 {percent}% 是未知的，因为它面向其他语言。"
                "至少五分之一内容未知的行：{num_rows}。请换用其他基座模型。"
            ),
        ),
        "finding.broken_spans": (
            "Rows whose tags are not as they should be: {num_rows}. Repair them, or the spans are learnt wrongly.",
            "标注序列不正确的行：{num_rows}。请修复，否则片段会学错。",
        ),
        "finding.answer_missing": (
            "Rows whose answer does not stand where it is said to: {num_rows}. Repair the place, or drop the row.",
            "答案不在所标位置的行：{num_rows}。请修正位置或删除该行。",
        ),
        "finding.swapped_sides": (
            "Rows whose two sides seem to be swapped: {num_rows}. Swap them back.",
            "两侧内容疑似颠倒的行：{num_rows}。请交换回来。",
        ),
        "finding.identical_sides": (
            "Rows whose two sides are the same: {num_rows}. There is nothing to learn from them.",
            "两侧内容相同的行：{num_rows}。从中学不到任何内容。",
        ),
        "finding.turn_order": (
            "Conversations whose turns are out of order: {num_rows}. Each question should be followed by an answer.",
            "对话轮次顺序有误的行：{num_rows}。每个问题之后应有回答。",
        ),
        "finding.identical_preferences": (
            "Rows whose chosen and rejected answers are the same: {num_rows}. There is nothing to prefer; drop them.",
            "优选答案与被拒答案相同的行：{num_rows}。无从比较；请删除。",
        ),
        "finding.bad_tool_calls": (
            "Conversations that call tools in a way that does not fit their description: {num_rows}. Correct the calls or the tools.",
            "工具调用与工具说明不符的行：{num_rows}。请修正调用或工具。",
        ),
        # --- fixes
        "fix.drop": ("Drop the rows", "删除这些行"),
        "fix.keep_one": ("Keep one of each group", "每组保留一行"),
        "fix.relabel": ("Give the suggested labels", "采用建议的标签"),
        "fix.merge_labels": ("Merge the spellings", "合并写法"),
        "fix.mask": ("Mask the personal data", "遮盖个人信息"),
        "fix.repair": ("Repair the cells", "修复内容"),
        "fix.move_to_train": ("Move the rows to training", "将这些行移至训练集"),
        "fix.strip": ("Take the markup out", "去除标记"),
        "fix.swap": ("Swap the sides", "交换两侧"),
        "fix.truncate": ("Cut the texts to what is read", "将文本截断至可读长度"),
    }
)
