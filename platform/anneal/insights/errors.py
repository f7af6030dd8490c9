"""Texts of the home page: what waits for a decision, and what to do about it."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "home_item.not_found": (
            "This does not wait for a decision, or no longer.",
            "这一项无需处理，或已经处理。",
        ),
        "home.dataset_mapping": (
            "The files are read. Confirm which column is which, and the dataset becomes a version.",
            "文件已读取。请确认各列的含义，确认后生成数据集版本。",
        ),
        "home.dataset_invalid": ("The files cannot be used as they are.", "文件目前无法使用。"),
        "home.upload_stopped": (
            "The upload stopped on its way. Choose the same file again: it goes on where it was.",
            "上传中途停止。重新选择同一文件，即可从断点继续。",
        ),
        "home.upload_failed": ("The file could not be fetched.", "文件获取失败。"),
        "home.label_session": (
            "In “{dataset}”, rows wait for your labels.",
            "“{dataset}”中有数据行等待您标注。",
        ),
    }
)
