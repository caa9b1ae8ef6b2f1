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

{{/* Variables of OpenID that are no secret and are given, as JSON. */}}
{{- define "comfymux.oidc" -}}
{{- $given := dict }}
{{- with .Values.access.oidc }}
{{- $all := dict "OIDC_ISSUER" .issuer "OIDC_AUDIENCE" .audience "OIDC_GRANTS" (join "," .grants) "OIDC_CLIENT_ID" .clientId "OIDC_SCOPES" .scopes "OIDC_PROVIDER_NAME" .providerName }}
{{- range $name, $value := $all }}{{ if $value }}{{ $_ := set $given $name $value }}{{ end }}{{ end }}
{{- end }}
{{- toJson $given }}
{{- end }}
