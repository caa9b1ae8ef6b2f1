{{/* The rules of deploy/prometheus, of this release alone: another one in the cluster must neither add up with it nor hide that it is gone. */}}
{{- define "comfymux.alerts" -}}
{{- $own := printf "namespace=\"%s\",service=\"%s\"" .Release.Namespace (include "comfymux.fullname" .) }}
{{- $text := .Files.Get "files/alerts.yaml" }}
{{- $text = $text | replace "up{job=\"comfymux\"}" (printf "up{%s}" $own) }}
{{- $text = regexReplaceAll `\b(comfymux_[a-z0-9_]+)\{` $text (printf "${1}{%s," $own) }}
{{- $text = regexReplaceAll `\b(comfymux_[a-z0-9_]+)([^a-z0-9_{])` $text (printf "${1}{%s}${2}" $own) }}
{{- $text = regexReplaceAll `labels: \{ (severity: \w+) \}` $text (printf "labels: { ${1}, namespace: %s, service: %s }" .Release.Namespace (include "comfymux.fullname" .)) }}
{{- $text = regexReplaceAll `runbook_url: [^#\s]+#` $text (printf "runbook_url: %s#" .Values.metrics.prometheusRule.runbookUrl) }}
{{- $text }}
{{- end }}

{{/* Takes (list . text). Two releases in one Grafana have dashboards of their own, and each asks for its own release alone. */}}
{{- define "comfymux.dashboard" -}}
{{- $root := index . 0 }}
{{- $own := printf "namespace=\\\"%s\\\",service=\\\"%s\\\"" $root.Release.Namespace (include "comfymux.fullname" $root) }}
{{- $text := regexReplaceAll `\b(comfymux_[a-z0-9_]+)\{` (index . 1) (printf "${1}{%s," $own) }}
{{- $text = regexReplaceAll `\b(comfymux_[a-z0-9_]+)([^a-z0-9_{])` $text (printf "${1}{%s}${2}" $own) }}
{{- $text = $text | replace "ALERTS{" (printf "ALERTS{%s," $own) }}
{{- regexReplaceAll `\bcomfymux-(internals|jobs|nodes|overview)"` $text (printf "%s-${1}\"" (printf "%s-%s" $root.Release.Namespace (include "comfymux.fullname" $root) | trunc 28 | trimSuffix "-")) }}
{{- end }}
