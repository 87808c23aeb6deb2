{{- /*
The processes: the key of its values, its ports, the engines it uses, who calls it and on which port. Env, Services and NetworkPolicies come from here.
*/}}
{{- define "boxoffice.processes" -}}
gateway:
  values: gateway
  port: 8000
  metricsPort: 9100
  uses: [redis]
  callers: {}
booking:
  values: booking
  port: 8001
  metricsPort: 9101
  grpcPort: 9001
  database: booking
  uses: [postgres, kafka, redis]
  callers: {http: [gateway], grpc: [payment]}
identity:
  values: identity
  port: 8002
  metricsPort: 9102
  database: identity
  uses: [postgres, kafka]
  callers: {http: [gateway, booking, payment, ticketing, notification-analytics]}
payment:
  values: payment
  port: 8003
  metricsPort: 9103
  database: payment
  uses: [postgres, kafka]
  # Itself: the test provider's webhooks.
  callers: {http: [gateway, payment]}
ticketing:
  values: ticketing
  port: 8004
  metricsPort: 9104
  database: ticketing
  uses: [postgres, kafka]
  callers: {http: [gateway, payment, notification-analytics]}
notification-analytics:
  values: notificationAnalytics
  port: 8005
  metricsPort: 9105
  database: notification_analytics
  uses: [postgres, kafka]
  callers: {http: [gateway]}
auditor:
  values: auditor
  port: 8006
  metricsPort: 9106
  uses: [postgres, kafka, redis]
  callers: {}
{{- end }}

{{- define "boxoffice.process" -}}
{{- get (include "boxoffice.processes" . | fromYaml) .component | toYaml -}}
{{- end }}

{{- define "boxoffice.processValues" -}}
{{- get .root.Values (include "boxoffice.process" . | fromYaml).values | toYaml -}}
{{- end }}

{{- /* The processes with a database of their own. */}}
{{- define "boxoffice.owners" -}}
{{- $owners := list -}}
{{- range $name, $process := include "boxoffice.processes" . | fromYaml }}{{ if $process.database }}{{ $owners = append $owners $name }}{{ end }}{{ end -}}
{{- toYaml $owners -}}
{{- end }}

{{- /* The components that use an engine: processes, and the jobs that work on it. */}}
{{- define "boxoffice.usersOf" -}}
{{- $engine := .engine -}}
{{- $users := list -}}
{{- range $name, $process := include "boxoffice.processes" . | fromYaml }}{{ if has $engine $process.uses }}{{ $users = append $users $name }}{{ end }}{{ end -}}
{{- if eq $engine "kafka" }}{{ $users = append $users "topics" }}{{ end -}}
{{- toYaml $users -}}
{{- end }}
