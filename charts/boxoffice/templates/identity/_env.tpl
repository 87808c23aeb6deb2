{{- define "boxoffice.env.identity" -}}
{{- $own := include "boxoffice.secretName" (dict "root" .root "purpose" "identity") -}}
{{- $administrator := include "boxoffice.secretName" (dict "root" .root "purpose" "administrator") -}}
{{ include "boxoffice.env.identityUrl" . }}
{{ include "boxoffice.env.database" (dict "root" .root "service" "identity") }}
{{ include "boxoffice.env.kafka" . }}
{{- range $name, $key := dict "PERSONAL_DATA_KEYS" "personal-data-keys" "PERSONAL_DATA_KEY_ID" "personal-data-key-id" "BLIND_INDEX_KEY" "blind-index-key" "PASSWORD_PEPPER" "password-pepper" }}
{{ include "boxoffice.env.secret" (dict "name" $name "secret" $own "key" $key) }}
{{- end }}
{{- /* Registered before the first visitor can be; no longer read once there is an account. */}}
{{ include "boxoffice.env.secret" (dict "name" "FIRST_ACCOUNT_EMAIL" "secret" $administrator "key" "email") }}
{{ include "boxoffice.env.secret" (dict "name" "FIRST_ACCOUNT_PASSWORD" "secret" $administrator "key" "password") }}
{{- end }}
