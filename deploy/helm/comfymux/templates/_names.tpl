{{- define "comfymux.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- end }}

{{/* Takes (list . component). */}}
{{- define "comfymux.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "comfymux.labels" -}}
{{- $root := index . 0 -}}
{{ include "comfymux.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{- define "comfymux.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "comfymux.serviceAccount" -}}
{{ default (include "comfymux.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "comfymux.storageClaim" -}}
{{ default (printf "%s-storage" (include "comfymux.fullname" .)) .Values.storage.file.existingClaim }}
{{- end }}

{{/* Whether pods see each other's files: true, or nothing. */}}
{{- define "comfymux.sharesStorage" -}}
{{- if or (eq .Values.storage.type "s3") (eq .Values.storage.file.accessMode "ReadWriteMany") }}true{{ end }}
{{- end }}

{{- define "comfymux.shutdownSeconds" -}}
{{- if include "comfymux.sharesStorage" . }}{{ .Values.shutdown.timeoutSeconds }}{{ else }}{{ min 15 .Values.shutdown.timeoutSeconds }}{{ end }}
{{- end }}

{{/* As many pods as there may ever be at once. */}}
{{- define "comfymux.mostReplicas" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ .Values.replicas }}{{ end }}
{{- end }}

{{- define "comfymux.nodes" -}}
{{- $nodes := list }}
{{- range .Values.nodes }}{{ $nodes = append $nodes (printf "%s=%s" .name .url) }}{{ end }}
{{- join "," $nodes }}
{{- end }}

{{/* Services whose pods are nodes: the pool of this chart, and those that are named. As JSON. */}}
{{- define "comfymux.discovered" -}}
{{- $services := list }}
{{- if .Values.workers.enabled }}
{{- $services = append $services (dict "namespace" .Release.Namespace "service" (printf "%s-gpu" (include "comfymux.fullname" .)) "port" "http") }}
{{- end }}
{{- range .Values.discovery.kubernetes }}
{{- $services = append $services (dict "namespace" (default $.Release.Namespace .namespace) "service" .service "port" (toString .port)) }}
{{- end }}
{{- toJson $services }}
{{- end }}

{{- define "comfymux.nodesKubernetes" -}}
{{- $entries := list }}
{{- range include "comfymux.discovered" . | fromJsonArray }}{{ $entries = append $entries (printf "%s/%s:%s" .namespace .service .port) }}{{ end }}
{{- join "," $entries }}
{{- end }}

{{- define "comfymux.storageUrl" -}}
{{- if eq .Values.storage.type "s3" -}}
s3://{{ .Values.storage.s3.bucket }}{{ with .Values.storage.s3.prefix }}/{{ trimAll "/" . }}{{ end }}{{ if .Values.storage.s3.endpoint }}?path-style=true{{ end }}
{{- else -}}
file:///var/lib/comfymux/storage
{{- end }}
{{- end }}
