{{- define "boxoffice.env.payment" -}}
{{- $own := include "boxoffice.secretName" (dict "root" .root "purpose" "payment") -}}
{{ include "boxoffice.env.identityUrl" . }}
{{ include "boxoffice.env.database" (dict "root" .root "service" "payment") }}
{{ include "boxoffice.env.kafka" . }}
- {name: BOOKING_GRPC, value: "{{ include "boxoffice.name" (dict "root" .root "component" "booking") }}:9001"}
- {name: TICKETING_URL, value: "{{ include "boxoffice.url" (dict "root" .root "component" "ticketing") }}"}
{{- range $name, $key := dict "PAYMENT_SECRETS_KEYS" "payment-secrets-keys" "PAYMENT_SECRETS_KEY_ID" "payment-secrets-key-id" }}
{{ include "boxoffice.env.secret" (dict "name" $name "secret" $own "key" $key) }}
{{- end }}
- {name: TEST_PROVIDER, value: {{ ternary "on" "off" .root.Values.payment.testProvider.enabled | quote }}}
{{- if .root.Values.payment.testProvider.enabled }}
- {name: TEST_PROVIDER_PUBLIC_URL, value: {{ include "boxoffice.publicUrl" . | quote }}}
- {name: TEST_PROVIDER_WEBHOOK_URL, value: "{{ include "boxoffice.url" (dict "root" .root "component" "payment") }}/webhooks/test/installation"}
{{ include "boxoffice.env.secret" (dict "name" "TEST_PROVIDER_WEBHOOK_SECRET" "secret" $own "key" "test-provider-webhook-secret") }}
{{ include "boxoffice.env.secret" (dict "name" "TEST_PROVIDER_CONTROL_TOKEN" "secret" $own "key" "test-provider-control-token") }}
{{- end }}
{{- end }}
