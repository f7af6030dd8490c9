"""Texts of the registry's codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "model.not_found": ("There is no such model.", "没有此模型。"),
        "model.gone": (
            "This model was deleted more than {days} days ago and cannot be brought back.",
            "此模型已删除超过 {days} 天，无法恢复。",
        ),
        "model.name_taken": (
            "Another model on the same base model is already called {name!r}.",
            "同一基座模型下已有名为 {name!r} 的模型。",
        ),
        "model_version.not_found": ("There is no such model version.", "没有此模型版本。"),
        "names_model.wrong_task": (
            "{model} is not for token classification, so it tells no names; choose a model that was tuned for that.",
            "{model} 不是词元分类模型，无法识别姓名；请选择为该任务训练的模型。",
        ),
        "names_model.unknown_types": (
            "{model} has no type {strange}; choose among: {known}.",
            "{model} 没有类型 {strange}；可选：{known}。",
        ),
        "names_model.adapter_only": (
            "{model} has no weights that open without its base model, only an adapter; choose a model that was tuned by another method.",
            "{model} 只有适配器，没有可独立打开的权重；请选择用其他方法训练的模型。",
        ),
        "artifact.not_found": ("There is no such artifact.", "没有此模型文件。"),
        "download.not_found": (
            "This download link is not valid; ask for a new one.",
            "此下载链接无效，请重新获取。",
        ),
        "download.expired": (
            "This download link has expired (links are valid for {minutes} minutes); ask for a new one.",
            "此下载链接已过期（有效期 {minutes} 分钟），请重新获取。",
        ),
        "download.files_missing": (
            "Files of this download are missing from the storage; the operator has been told.",
            "此下载的文件在存储中缺失，已通知管理员。",
        ),
    }
)
