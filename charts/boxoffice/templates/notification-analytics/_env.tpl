{{- define "boxoffice.env.notification-analytics" -}}
{{- $mail := .root.Values.mail -}}
{{ include "boxoffice.env.identityUrl" . }}
- {name: TICKETING_URL, value: "{{ include "boxoffice.url" (dict "root" .root "component" "ticketing") }}"}
{{ include "boxoffice.env.database" (dict "root" .root "service" "notification-analytics") }}
{{ include "boxoffice.env.kafka" . }}
- {name: MAIL_FROM, value: {{ $mail.from | quote }}}
{{- if eq $mail.mode "smtp" }}
{{ include "boxoffice.env.secret" (dict "name" "SMTP_URL" "secret" $mail.existingSecret "key" $mail.urlKey) }}
{{- else }}
- {name: MAIL_FOLDER, value: /tmp/mails}
{{- end }}
{{- end }}
