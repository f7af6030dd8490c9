"""Texts of hosting's codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "model_server.unavailable": (
            "The model server does not answer just now; try again in {seconds} seconds.",
            "模型服务器暂时无响应，请在 {seconds} 秒后重试。",
        ),
        "model_server.refused": (
            "The model server did not serve this model: {problem}",
            "模型服务器未能提供此模型：{problem}",
        ),
        "predict.no_artifact": (
            "This model version has no files that can be served.",
            "此模型版本没有可用于预测的文件。",
        ),
    }
)
