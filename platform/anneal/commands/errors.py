"""What the commands say themselves; findings have the words of the datasets."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "command.no_train_file": (
            "Give at least one FILE, or a file with --train.",
            "请至少提供一个 FILE，或用 --train 指定一个文件。",
        ),
        "command.no_file": ("There is no file {path}.", "没有文件 {path}。"),
        "command.cannot_write": ("{path} cannot be written: {reason}.", "无法写入 {path}：{reason}。"),
        "command.more": (
            "{count} more are not shown; --out FILE writes all of them. Together: {counts}.",
            "另有 {count} 条未显示；--out FILE 可写出全部。合计：{counts}。",
        ),
        "command.summary": ("{errors} errors, {warnings} warnings.", "{errors} 个错误，{warnings} 个警告。"),
        "command.rows": ("Rows: {rows}.", "行数：{rows}。"),
        "command.mapping": ("Columns: {columns}.", "列：{columns}。"),
        "command.read": (
            "{rows} training rows, {tokens} tokens in a pass, {cut} rows cut.",
            "{rows} 行训练数据，每轮 {tokens} 个词元，{cut} 行被截断。",
        ),
        "command.learnt": ("{percent} % of the tokens are learnt.", "{percent} % 的词元参与学习。"),
    }
)
