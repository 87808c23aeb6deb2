{{- define "boxoffice.env.auditor" -}}
{{- $root := .root -}}
{{- $postgres := .root.Values.postgres -}}
{{- $external := eq $postgres.mode "external" -}}
{{ include "boxoffice.env.identityUrl" . }}
{{- if $external }}
{{ include "boxoffice.env.secret" (dict "name" "DATABASE_USER" "secret" $postgres.external.auditor.existingSecret "key" $postgres.external.auditor.usernameKey) }}
{{ include "boxoffice.env.secret" (dict "name" "DATABASE_PASSWORD" "secret" $postgres.external.auditor.existingSecret "key" $postgres.external.auditor.passwordKey) }}
{{- else }}
{{ include "boxoffice.env.secret" (dict "name" "DATABASE_PASSWORD" "secret" (include "boxoffice.secretName" (dict "root" .root "purpose" "auditor")) "key" "database-password") }}
{{- end }}
{{- range $service := include "boxoffice.owners" . | fromYamlArray }}
{{- $name := ternary "ANALYTICS" (upper $service) (eq $service "notification-analytics") }}
{{- if $external }}
{{- $secret := include "boxoffice.postgres.externalSecret" (dict "root" $root "service" $service) }}
{{- range $part := list "host" "port" "dbname" }}
{{ include "boxoffice.env.secret" (dict "name" (printf "%s_DATABASE_%s" $name (upper $part)) "secret" $secret "key" (get $postgres.external.keys $part)) }}
{{- end }}
- {name: AUDIT_{{ $name }}_DATABASE_URL, value: "postgres://$(DATABASE_USER):$(DATABASE_PASSWORD)@$({{ $name }}_DATABASE_HOST):$({{ $name }}_DATABASE_PORT)/$({{ $name }}_DATABASE_DBNAME){{ include "boxoffice.postgres.parameters" (dict "root" $root) }}"}
{{- else }}
{{- $database := (include "boxoffice.process" (dict "root" $root "component" $service) | fromYaml).database }}
- {name: AUDIT_{{ $name }}_DATABASE_URL, value: "postgres://auditor:$(DATABASE_PASSWORD)@{{ include "boxoffice.postgres.host" (dict "root" $root "service" $service) }}:5432/{{ $database }}"}
{{- end }}
{{- end }}
{{ include "boxoffice.env.kafka" . }}
{{ include "boxoffice.env.redis" . }}
{{- end }}
