{{- define "boxoffice.env.ticketing" -}}
{{ include "boxoffice.env.identityUrl" . }}
{{ include "boxoffice.env.database" (dict "root" .root "service" "ticketing") }}
{{ include "boxoffice.env.kafka" . }}
{{ include "boxoffice.env.secret" (dict "name" "TICKET_KEY_SECRET" "secret" (include "boxoffice.secretName" (dict "root" .root "purpose" "ticketing")) "key" "ticket-key-secret") }}
{{- end }}
