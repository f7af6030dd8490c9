"""Texts of hosting's codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "model_server.unavailable": (
            "The model server does not answer just now; try again in {seconds:# second|# seconds}.",
            "模型服务器暂时无响应，请在 {seconds} 秒后重试。",
        ),
        "model_server.refused": (
            "The model server did not serve this model: {problem}",
            "模型服务器未能提供此模型：{problem}",
        ),
        "scoring.no_task": (
            "A model for {task} gives no probability to every label, so its uncertainty is not known; models for these do: {known}.",
            "{task} 模型不会给出每个标签的概率，无法得知其不确定性；支持的任务有：{known}。",
        ),
        "scoring.other_task": (
            "The model is for {task}, the rows are for {other}. Choose a model for {other}.",
            "模型用于 {task}，而数据行用于 {other}。请选择用于 {other} 的模型。",
        ),
        "predict.not_served": (
            "Models for {task} cannot be asked here yet; download the model to run it yourself.",
            "暂不支持在此调用 {task} 模型；请下载模型自行运行。",
        ),
        "predict.both": (
            "Give either texts or inputs, not both.",
            "texts 与 inputs 只能提供其一。",
        ),
        "predict.nothing": (
            "Give what the model should answer. A model for {task} is asked with: {fields}.",
            "请提供要模型回答的内容。{task} 模型的输入字段：{fields}。",
        ),
        "predict.no_texts": (
            "A model for {task} does not take bare texts. Give inputs: a list of objects with {fields}.",
            "{task} 模型不接受单独的文本。请提供 inputs：由对象组成的列表，每个对象包含 {fields}。",
        ),
        "predict.unknown_field": (
            "A model for {task} has no such field together with the others; it is asked with: {fields}.",
            "{task} 模型没有此字段（或不能与其他字段同时使用）；输入字段：{fields}。",
        ),
        "predict.missing_field": (
            "This field is missing; a model for {task} is asked with: {fields}.",
            "缺少此字段；{task} 模型的输入字段：{fields}。",
        ),
        "predict.bad_text": (
            "This must be a text of 1 to {limit} characters that is not blank and holds no NUL character.",
            "此处须为 1 到 {limit} 个字符的文本，不能为空白，也不能含 NUL 字符。",
        ),
        "predict.bad_tokens": (
            "This must be a list of texts, none of them blank, with at most {limit} characters together.",
            "此处须为文本列表，每项不能为空白，总长度不超过 {limit} 个字符。",
        ),
        "predict.bad_candidates": (
            "This must be a list of 1 to {count} texts, none of them blank, with at most {limit} characters together.",
            "此处须为 1 到 {count} 个文本的列表，每项不能为空白，总长度不超过 {limit} 个字符。",
        ),
        "predict.bad_messages": (
            "This must be 1 to {count} messages with role and content, none blank, the last not the assistant's, up to {limit} characters.",
            "此处须为 1 到 {count} 条含 role 和 content 的消息，内容不能为空白，最后一条不能是 assistant，总长度不超过 {limit} 个字符。",
        ),
        "predict.too_many": (
            "A model for {task} answers at most {limit} questions in one request.",
            "{task} 模型每次请求最多回答 {limit} 个问题。",
        ),
        "predict.too_long": (
            "This has {count} tokens; the model takes at most {limit} here. Shorten it.",
            "此处有 {count} 个词元，模型最多接受 {limit} 个，请缩短内容。",
        ),
        "predict.no_mask": (
            "This text hides no word; put {mask} in the place of each word that the model should find.",
            "此文本没有隐藏任何词；请在需要模型补全的位置写上 {mask}。",
        ),
        "predict.too_many_masks": (
            "This text hides {count} words; the model finds at most {limit} at once.",
            "此文本隐藏了 {count} 个词；模型一次最多补全 {limit} 个。",
        ),
        "predict.invalid_conversation": (
            "This conversation does not fit the model's chat template: {problem}",
            "此对话不符合模型的对话模板：{problem}",
        ),
        "predict.adapter_only": (
            "This model version is an adapter: it can be downloaded and put on its base model, but not asked here.",
            "此模型版本只有适配器：可以下载并加载到基座模型上使用，但不能在此调用。",
        ),
        "predict.no_artifact": (
            "This model version has no files that can be served.",
            "此模型版本没有可用于预测的文件。",
        ),
    }
)
