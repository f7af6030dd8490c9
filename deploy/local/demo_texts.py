"""What the demo says, in English and Simplified Chinese; the language is that of the terminal (LC_ALL, LANG)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Anneal: fine-tune a model, see whether it helped, use it", "Anneal：微调模型，看清效果，立即使用"),
    "services": ("Database and queue", "数据库与队列"),
    "schema": ("Schema", "数据表结构"),
    "account": ("Demo account", "演示账户"),
    "web": ("Web page and API", "网页与 API"),
    "upload": ("Upload", "上传"),
    "dataset": ("Data set", "数据集"),
    "dataset_reused": ("Data set, already there", "数据集（已存在）"),
    "inspecting": ("Reading the data set", "正在读取数据集"),
    "rows": ("{rows:,} rows, {labels} labels, version {version}", "{rows:,} 行，{labels} 个标签，版本 {version}"),
    "job_new": ("Fine-tuning {model}, all weights, settings by rule", "微调 {model}：全部权重，参数按规则自动选取"),
    "job_again": ("Following the job that was under way", "继续跟踪之前未完成的任务"),
    "job_reused": ("Fine-tuning job, already finished", "微调任务（已完成）"),
    "job_done": ("Model trained", "模型训练完成"),
    "step": ("step {step}/{total}", "第 {step}/{total} 步"),
    "loss": ("loss {value:.3f}", "损失 {value:.3f}"),
    "accuracy": ("validation accuracy {value:.1%}", "验证准确率 {value:.1%}"),
    "left": ("{time} left", "剩余 {time}"),
    "evaluation": (
        "On {rows} held-out {split} rows, with 95 % intervals",
        "在 {rows} 条留出的{split}数据上（95% 置信区间）",
    ),
    "split_test": ("test", "测试"),
    "split_validation": ("validation", "验证"),
    "head_contender": ("answered by", "模型"),
    "head_accuracy": ("accuracy", "准确率"),
    "head_f1": ("macro F1", "宏平均 F1"),
    "tuned": ("your fine-tuned model", "您微调后的模型"),
    "base": ("base model, untuned", "基座模型，未微调"),
    "base_probe": ("base model, new head only", "基座模型，仅训练分类头"),
    "tfidf_linear": ("TF-IDF + logistic regression", "TF-IDF + 逻辑回归"),
    "nearest_centroid": ("nearest centroid", "最近质心"),
    "majority": ("always the commonest label", "总选最常见标签"),
    "mean": ("always the mean", "总选平均值"),
    "most_frequent_tag": ("each word's commonest tag", "每个词最常见的标记"),
    "word_linear": ("linear model over words", "词特征线性模型"),
    "random": ("a random order", "随机顺序"),
    "tfidf_cosine": ("TF-IDF cosine", "TF-IDF 余弦"),
    "matching_sentence": ("sentence that shares most words", "共有词最多的句子"),
    "popularity": ("always the most popular", "总选最热门的条目"),
    "first_sentence": ("the first sentence", "首句"),
    "copy_source": ("the source text, copied", "照抄原文"),
    "typical_target": ("one typical answer to everything", "总是给出同一典型答案"),
    "nearest_example": ("answer of the most similar training row", "最相似训练行的答案"),
    "better": (
        "Better than “{other}” by {points:.1f} points [{low:.1f}, {high:.1f}].",
        "比“{other}”高 {points:.1f} 个百分点 [{low:.1f}, {high:.1f}]。",
    ),
    "no_difference": (
        "No proven difference to “{other}”: {points:+.1f} points [{low:.1f}, {high:.1f}].",
        "与“{other}”相比没有可证实的差异：{points:+.1f} 个百分点 [{low:.1f}, {high:.1f}]。",
    ),
    "worse": (
        "Worse than “{other}” by {points:.1f} points [{low:.1f}, {high:.1f}].",
        "比“{other}”低 {points:.1f} 个百分点 [{low:.1f}, {high:.1f}]。",
    ),
    "prediction": ("The model answers", "模型的回答"),
    "milliseconds": ("{value:.0f} ms", "{value:.0f} 毫秒"),
    "page": ("Page", "网页"),
    "email": ("E-mail", "邮箱"),
    "password": ("Password", "密码"),
    "documentation": ("API", "API 文档"),
    "ready_after": ("Ready after {time}.", "用时 {time}。"),
    "serving": ("Serving. Ctrl-C stops everything; nothing is lost.", "服务运行中。按 Ctrl-C 停止，数据不会丢失。"),
    "stopping": ("Stopping", "正在停止"),
    "stopped": (
        "Stopped. Everything is kept in {folder}; `make demo` goes on from there.",
        "已停止。数据保存在 {folder}；再次运行 make demo 即可继续。",
    ),
    "failed_job": ("The job ended as {state}: {reason}", "任务结束，状态 {state}：{reason}"),
    "invalid_data": ("The data set is not valid: {problems}", "数据集无效：{problems}"),
    "no_files": (
        "There is no file named train in {folder}, such as train.csv.",
        "{folder} 中没有名为 train 的文件，例如 train.csv。",
    ),
    "phase_draft": ("draft", "草稿"),
    "phase_validating": ("checking", "检查"),
    "phase_searching": ("searching", "搜索"),
    "phase_queued": ("waiting", "排队"),
    "phase_starting": ("starting", "启动"),
    "phase_loading": ("loading", "加载"),
    "phase_preparing": ("preparing", "准备"),
    "phase_probing": ("probing", "特征求解"),
    "phase_comparing": ("learning to compare", "学习比较"),
    "phase_training": ("training", "训练"),
    "phase_evaluating": ("evaluating", "评估"),
    "phase_exporting": ("exporting", "导出"),
    "phase_running": ("running", "运行"),
    "phase_finalizing": ("finishing", "收尾"),
    "phase_succeeded": ("finished", "完成"),
    "phase_failed": ("failed", "失败"),
    "phase_cancelled": ("cancelled", "已取消"),
    "phase_retry_wait": ("retrying", "重试等待"),
    "phase_paused": ("paused", "已暂停"),
}
LANGUAGES = ("en", "zh-hans")


def language_of(variables: Mapping[str, str]) -> str:
    """The language of the terminal: Chinese when the locale says so, else English."""
    locale = variables.get("LC_ALL") or variables.get("LC_MESSAGES") or variables.get("LANG") or ""
    return "zh-hans" if locale.lower().startswith("zh") else "en"


class Texts:
    """The demo's words in one language."""

    def __init__(self, language: str) -> None:
        self._column = LANGUAGES.index(language)

    def __call__(self, name: str, **values: object) -> str:
        """The text of this name with the values filled in."""
        return TEXTS[name][self._column].format(**values)
