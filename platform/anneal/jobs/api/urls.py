"""Addresses of jobs."""

from __future__ import annotations

from django.urls import path

from anneal.jobs.api import checkpoints, comparing, effects, saved_views, views
from anneal.jobs.api.stream import job_stream

urlpatterns = [
    path("jobs", views.JobsView.as_view()),
    path("jobs/groups", views.JobGroupsView.as_view()),
    path("jobs/tags", views.JobTagsView.as_view()),
    path("jobs/estimate", views.EstimateView.as_view()),
    path("jobs/compare", comparing.JobsCompareView.as_view()),
    path("jobs/compare/rows", comparing.DisagreementsView.as_view()),
    path("jobs/preview", views.PreviewsView.as_view()),
    path("jobs/previews/<uuid:preview_id>", views.PreviewView.as_view()),
    path("jobs/<uuid:job_id>", views.JobView.as_view()),
    path("jobs/<uuid:job_id>/cancel", views.JobCancelView.as_view()),
    path("jobs/<uuid:job_id>/pause", views.JobPauseView.as_view()),
    path("jobs/<uuid:job_id>/resume", views.JobResumeView.as_view()),
    path("jobs/<uuid:job_id>/archive", views.JobArchiveView.as_view()),
    path("jobs/<uuid:job_id>/unarchive", views.JobUnarchiveView.as_view()),
    path("jobs/<uuid:job_id>/duplicate", views.JobDuplicateView.as_view()),
    path("jobs/<uuid:job_id>/events", views.JobEventsView.as_view()),
    path("jobs/<uuid:job_id>/metrics", views.JobMetricsView.as_view()),
    path("jobs/<uuid:job_id>/tensorboard", views.JobTensorBoardView.as_view()),
    path("jobs/<uuid:job_id>/record", views.JobRecordView.as_view()),
    path("jobs/<uuid:job_id>/trials", views.JobTrialsView.as_view()),
    path("jobs/<uuid:job_id>/evaluation", views.JobEvaluationView.as_view()),
    path("jobs/<uuid:job_id>/checkpoints", checkpoints.JobCheckpointsView.as_view()),
    path("jobs/<uuid:job_id>/log", views.JobLogView.as_view()),
    path("jobs/<uuid:job_id>/stream", job_stream),
    path("checkpoints/<uuid:checkpoint_id>/download-link", checkpoints.CheckpointLinkView.as_view()),
    path("checkpoints/<uuid:checkpoint_id>/deliver", checkpoints.CheckpointDeliverView.as_view()),
    path("job-views", saved_views.SavedViewsView.as_view()),
    path("job-views/<uuid:view_id>", saved_views.SavedViewView.as_view()),
    path("doctor-findings/<uuid:finding_id>/effect", effects.FindingEffectView.as_view()),
]
