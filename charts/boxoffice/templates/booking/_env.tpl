{{- define "boxoffice.env.booking" -}}
{{ include "boxoffice.env.identityUrl" . }}
{{ include "boxoffice.env.database" (dict "root" .root "service" "booking") }}
{{ include "boxoffice.env.kafka" . }}
{{ include "boxoffice.env.redis" . }}
{{- end }}
