{{- define "boxoffice.env.gateway" -}}
{{- range $name, $process := dict "IDENTITY_URL" "identity" "BOOKING_URL" "booking" "PAYMENT_URL" "payment" "TICKETING_URL" "ticketing" "ANALYTICS_URL" "notification-analytics" }}
- {name: {{ $name }}, value: "{{ include "boxoffice.url" (dict "root" $.root "component" $process) }}"}
{{- end }}
- {name: TRUST_PROXY, value: {{ .root.Values.gateway.trustedProxies | default 0 | int | quote }}}
{{ include "boxoffice.env.redis" . }}
{{- end }}

{{- define "boxoffice.env.identityUrl" -}}
- {name: IDENTITY_URL, value: "{{ include "boxoffice.url" (dict "root" .root "component" "identity") }}"}
{{- end }}
