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
{{- if include "comfymux.sharesStorage" . }}{{ include "comfymux.waitSeconds" . }}{{ else }}{{ min 15 (include "comfymux.waitSeconds" . | int) }}{{ end }}
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
{{- range include "comfymux.pools" . | fromJsonArray }}
{{- $services = append $services (dict "namespace" $.Release.Namespace "service" .fullname "port" "http") }}
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

{{/* The pools of ComfyUI servers, as JSON: each is `workers` with what its entry in `workers.pools` says otherwise. */}}
{{- define "comfymux.pools" -}}
{{- $pools := list }}
{{- if .Values.workers.enabled }}
{{- $common := omit .Values.workers "enabled" "pools" }}
{{- $base := printf "%s-gpu" (include "comfymux.fullname" .) }}
{{- range .Values.workers.pools }}
{{- $pool := mergeOverwrite (deepCopy $common) . }}
{{- $labels := merge (dict) (default (dict) $pool.labels) (dict "pool" .name) }}
{{- $pools = append $pools (merge (dict "fullname" (printf "%s-%s" $base .name) "component" (printf "gpu-%s" .name) "labels" $labels "scaling" $labels.pool) (omit $pool "labels")) }}
{{- else }}
{{- $pools = append $pools (merge (dict "fullname" $base "component" "gpu" "name" "" "scaling" (default "default" $common.labels.pool)) $common) }}
{{- end }}
{{- end }}
{{- toJson $pools }}
{{- end }}

{{/* The longest run that a workflow may have, in seconds: of the shipped ones or of workflowsConfigMap, where it can be read, and of every other. */}}
{{- define "comfymux.longestRunSeconds" -}}
{{- $longest := list (div (int64 (default 3600000 .Values.env.ATTEMPT_RUN_LIMIT_MS)) 1000) (int64 .Values.shutdown.longestRunSeconds) }}
{{- $manifests := list }}
{{- if .Values.workflowsConfigMap }}
{{- $found := lookup "v1" "ConfigMap" .Release.Namespace .Values.workflowsConfigMap }}
{{- range $name, $text := default (dict) $found.data }}{{ if hasSuffix ".manifest.json" $name }}{{ $manifests = append $manifests $text }}{{ end }}{{ end }}
{{- else }}
{{- range $path, $text := .Files.Glob "files/workflows/*.manifest.json" }}{{ $manifests = append $manifests (toString $text) }}{{ end }}
{{- end }}
{{- range $manifests }}{{ $longest = append $longest (div (regexFind `"maxRunMs"\s*:\s*[0-9]+` . | regexFind "[0-9]+$" | default "0" | int64) 1000) }}{{ end }}
{{- $most := 0 }}{{ range $longest }}{{ $most = max $most . }}{{ end }}{{ $most }}
{{- end }}

{{- define "comfymux.waitSeconds" -}}
{{- default (include "comfymux.longestRunSeconds" .) .Values.shutdown.timeoutSeconds }}
{{- end }}

{{/* Takes (list . pool). The longest run, and some. */}}
{{- define "comfymux.graceSeconds" -}}
{{- $pool := index . 1 }}
{{- if $pool.terminationGracePeriodSeconds }}{{ int64 $pool.terminationGracePeriodSeconds }}{{ else }}{{ add 300 (include "comfymux.longestRunSeconds" (index . 0) | int64) }}{{ end }}
{{- end }}

{{/* Takes (list . kind name). `replicas:` of what is scaled by somebody else: what it has now, for a manifest without the number would take all but one away. */}}
{{- define "comfymux.liveReplicas" -}}
{{- $live := lookup "apps/v1" (index . 1) (index . 0).Release.Namespace (index . 2) }}
{{- with $live }}replicas: {{ int64 .spec.replicas }}{{ end }}
{{- end }}

{{/* Takes (list . kind name wanted scalerVersion scalerKind). When scaling has just been switched off, what it had scaled to stays this once. */}}
{{- define "comfymux.fixedReplicas" -}}
{{- $ns := (index . 0).Release.Namespace }}
{{- $wanted := int64 (index . 3) }}
{{- if lookup (index . 4) (index . 5) $ns (index . 2) }}
{{- with lookup "apps/v1" (index . 1) $ns (index . 2) }}{{ $wanted = max $wanted (int64 .spec.replicas) }}{{ end }}
{{- end }}
{{- $wanted }}
{{- end }}

{{/* Names of the pools that are scaled, as the service tells how many nodes they want. */}}
{{- define "comfymux.scaledPools" -}}
{{- $names := list }}
{{- range include "comfymux.pools" . | fromJsonArray }}{{ if .autoscaling.enabled }}{{ $names = append $names (printf "%s:%d" .scaling (int .autoscaling.maxReplicas)) }}{{ end }}{{ end }}
{{- join "," $names }}
{{- end }}

{{- define "comfymux.poolComponents" -}}
{{- $names := list }}
{{- range include "comfymux.pools" . | fromJsonArray }}{{ $names = append $names .component }}{{ end }}
{{- join ", " $names }}
{{- end }}
