{{- /* NetworkPolicies: who may come in. Nothing is said about going out. */}}

{{- /* Pods of this release, by component. */}}
{{- define "boxoffice.peers" -}}
- podSelector:
    matchLabels:
      {{- include "boxoffice.selector" (dict "root" .root) | nindent 6 }}
    matchExpressions:
    - {key: app.kubernetes.io/component, operator: In, values: {{ toJson .components }}}
{{- end }}

{{- define "boxoffice.networkPolicy" -}}
{{- if .root.Values.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "boxoffice.selector" . | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
  {{- .ingress | nindent 2 }}
{{- end }}
{{- end }}

{{- define "boxoffice.networkPolicy.process" -}}
{{- $root := .root -}}
{{- $process := include "boxoffice.process" . | fromYaml -}}
{{- $rules := include "boxoffice.network.metrics" (dict "root" .root "port" "metrics") | fromYamlArray -}}
{{- range $port, $components := $process.callers -}}
{{- $peers := include "boxoffice.peers" (dict "root" $root "components" $components) | fromYamlArray -}}
{{- $rules = append $rules (dict "from" $peers "ports" (list (dict "protocol" "TCP" "port" $port))) -}}
{{- end -}}
{{- $rules = concat $rules (.rules | default list) -}}
{{- include "boxoffice.networkPolicy" (dict "root" .root "component" .component "ingress" (toYaml $rules)) -}}
{{- end }}

{{- define "boxoffice.network.metrics" -}}
{{- $from := .root.Values.networkPolicy.prometheus -}}
- from:
  - namespaceSelector:
      {{- toYaml $from.namespaceSelector | nindent 6 }}
    {{- with $from.podSelector }}
    podSelector:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  ports: [{protocol: TCP, port: {{ .port }}}]
{{- end }}

{{- define "boxoffice.network.rule" -}}
- from:
  {{- include "boxoffice.peers" . | nindent 2 }}
  ports: [{protocol: TCP, port: {{ .port }}}]
{{- end }}
