{{/* Kubernetes' restricted Pod Security Standard. */}}
{{- define "comfymux.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "comfymux.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "comfymux.databaseEnv" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      {{- if .Values.database.existingSecret }}
      name: {{ .Values.database.existingSecret }}
      key: {{ .Values.database.existingSecretKey }}
      {{- else if .Values.cloudnativepg.enabled }}
      name: {{ include "comfymux.fullname" . }}-db-app
      key: uri
      {{- else }}
      name: {{ include "comfymux.fullname" . }}-database
      key: uri
      {{- end }}
{{- end }}

{{- define "comfymux.smallResources" -}}
requests: { cpu: 50m, memory: 96Mi }
limits: { cpu: 500m, memory: 256Mi }
{{- end }}

{{- define "comfymux.secretKeyEnv" -}}
{{- if .Values.secretKey.existingSecret }}
- name: SECRET_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.secretKey.existingSecret }}, key: {{ .Values.secretKey.key }} } }
{{- with .Values.secretKey.previousKey }}
- name: SECRET_KEY_PREVIOUS
  valueFrom: { secretKeyRef: { name: {{ $.Values.secretKey.existingSecret }}, key: {{ . }} } }
{{- end }}
{{- end }}
{{- end }}

{{- define "comfymux.accessSecret" -}}
{{ .Values.access.existingSecret | default (printf "%s-access" (include "comfymux.fullname" .)) }}
{{- end }}
