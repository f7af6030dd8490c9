"""Addresses of uploads, datasets and their versions."""

from __future__ import annotations

from django.urls import path

from anneal.datasets.api import direct, doctor, exports, labelling, uploads, versions, views

urlpatterns = [
    path("uploads", uploads.UploadsView.as_view()),
    path("uploads/direct", direct.DirectUploadsView.as_view()),
    path("uploads/import", uploads.UploadImportView.as_view()),
    path("uploads/import/list", uploads.BucketListView.as_view()),
    path("uploads/<uuid:upload_id>", uploads.UploadView.as_view()),
    path("uploads/<uuid:upload_id>/retry", uploads.UploadRetryView.as_view()),
    path("uploads/<uuid:upload_id>/parts", direct.UploadPartsView.as_view()),
    path("uploads/<uuid:upload_id>/finish", direct.UploadFinishView.as_view()),
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/sample", views.DatasetSampleView.as_view()),
    path("datasets/<uuid:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<uuid:dataset_id>/restore", views.DatasetRestoreView.as_view()),
    path("datasets/<uuid:dataset_id>/files/<int:position>", views.DatasetFileView.as_view()),
    path("datasets/<uuid:dataset_id>/mapping", views.DatasetMappingView.as_view()),
    path("datasets/<uuid:dataset_id>/problems.csv", views.DatasetProblemsView.as_view()),
    path("datasets/<uuid:dataset_id>/preview", views.DatasetPreviewView.as_view()),
    path("datasets/<uuid:dataset_id>/versions", views.DatasetVersionsView.as_view()),
    path("datasets/<uuid:dataset_id>/changes", versions.DatasetChangesView.as_view()),
    path("datasets/<uuid:dataset_id>/changes/<uuid:change_id>", versions.DatasetChangeView.as_view()),
    path("datasets/<uuid:dataset_id>/files", versions.DatasetAppendView.as_view()),
    path("datasets/<uuid:dataset_id>/merge", versions.DatasetMergeView.as_view()),
    path("datasets/<uuid:dataset_id>/filter", versions.DatasetFilterView.as_view()),
    path("datasets/<uuid:dataset_id>/undo", versions.DatasetUndoView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>", views.DatasetVersionView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/rows", versions.VersionRowsView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/diff", versions.VersionDiffView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/export", exports.VersionExportView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/restore", versions.VersionRestoreView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/doctor", doctor.VersionDoctorView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>/map", doctor.VersionMapView.as_view()),
    path("doctor-findings/<uuid:finding_id>/rows", doctor.FindingRowsView.as_view()),
    path("doctor-findings/<uuid:finding_id>/accept", doctor.FindingAcceptView.as_view()),
    path("doctor-findings/<uuid:finding_id>/dismiss", doctor.FindingDismissView.as_view()),
    path("doctor-findings/<uuid:finding_id>/reopen", doctor.FindingReopenView.as_view()),
    path("datasets/<uuid:dataset_id>/label-sessions", labelling.LabelSessionsView.as_view()),
    path("label-sessions/<uuid:label_session_id>", labelling.LabelSessionView.as_view()),
    path("label-sessions/<uuid:label_session_id>/next", labelling.LabelNextView.as_view()),
    path("label-sessions/<uuid:label_session_id>/annotations/<int:row_id>", labelling.AnnotationView.as_view()),
    path("label-sessions/<uuid:label_session_id>/progress", labelling.LabelProgressView.as_view()),
    path("label-sessions/<uuid:label_session_id>/disagreements", labelling.LabelDisagreementsView.as_view()),
    path("label-sessions/<uuid:label_session_id>/decisions/<int:row_id>", labelling.LabelDecisionView.as_view()),
    path("label-sessions/<uuid:label_session_id>/finish", labelling.LabelFinishView.as_view()),
]
