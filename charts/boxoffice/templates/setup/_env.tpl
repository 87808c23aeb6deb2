{{- define "boxoffice.env.secrets" -}}
- name: NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- {name: SECRETS, value: {{ toJson .names | quote }}}
- {name: SECRETS_READ_ONLY, value: {{ toJson .readOnly | quote }}}
- {name: ADMINISTRATOR_EMAIL, value: {{ .root.Values.setup.administrator.email | quote }}}
{{- end }}

{{- define "boxoffice.env.databases" -}}
- {name: DATABASES, value: {{ toJson .databases | quote }}}
{{ include "boxoffice.env.secret" (dict "name" "POSTGRES_PASSWORD" "secret" (include "boxoffice.secretName" (dict "root" .root "purpose" "postgres")) "key" "postgres-password") }}
{{- end }}

{{- define "boxoffice.env.topics" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $copies := ternary (min 3 (int $kafka.replicas)) (int $kafka.external.replicationFactor) (eq $kafka.mode "bundled") -}}
{{ include "boxoffice.env.kafka" . }}
{{- with $copies }}
- {name: KAFKA_REPLICATION_FACTOR, value: {{ . | quote }}}
{{- end }}
{{- end }}
