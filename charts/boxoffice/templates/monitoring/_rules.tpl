{{- /* Tells installations apart that one Prometheus scrapes: the target label `installation`. The files say `boxoffice`, so that promtool can read them as they are. */}}
{{- define "boxoffice.installation" -}}
{{- printf "%s/%s" .root.Release.Namespace (include "boxoffice.fullname" .) -}}
{{- end }}

{{- /* All groups of rules/*.yaml for this installation, as {groups: […]}. */}}
{{- define "boxoffice.ruleGroups" -}}
{{- $root := .root -}}
{{- $here := printf "installation=%q" (include "boxoffice.installation" .) -}}
{{- $groups := list -}}
{{- $known := list -}}
{{- range $path, $_ := $root.Files.Glob "rules/*.yaml" -}}
{{- range ($root.Files.Get $path | replace "installation=\"boxoffice\"" $here | fromYaml).groups -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- with .alert }}{{ $known = append $known . }}{{ end -}}
{{- $rule := include "boxoffice.rule" (dict "root" $root "rule" .) | fromYaml -}}
{{- if $rule }}{{ $rules = append $rules $rule }}{{ end -}}
{{- end -}}
{{- if $rules }}{{ $groups = append $groups (dict "name" .name "rules" $rules) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $alert, $_ := $root.Values.monitoring.rules.overrides -}}
{{- if not (has $alert $known) }}{{ fail (printf "monitoring.rules.overrides.%s: there is no such alert; see charts/boxoffice/rules" $alert) }}{{ end -}}
{{- end -}}
{{- toYaml (dict "groups" $groups) -}}
{{- end }}

{{- /* One rule with its override and the address of its runbook; nothing when it is switched off. */}}
{{- define "boxoffice.rule" -}}
{{- $settings := .root.Values.monitoring.rules -}}
{{- $rule := deepCopy .rule -}}
{{- $override := dict -}}
{{- if $rule.alert -}}
{{- $override = get $settings.overrides $rule.alert | default dict -}}
{{- with $override.severity }}{{ $_ := set $rule.labels "severity" . }}{{ end -}}
{{- with $override.for }}{{ $_ := set $rule "for" . }}{{ end -}}
{{- if hasKey $override "threshold" -}}
{{- if not (regexMatch "> [0-9.]+$" $rule.expr) }}{{ fail (printf "monitoring.rules.overrides.%s.threshold: this alert has no single threshold; write a rule of your own and set enabled: false here" $rule.alert) }}{{ end -}}
{{- $_ := set $rule "expr" (regexReplaceAll "[0-9.]+$" $rule.expr (toString $override.threshold)) -}}
{{- end -}}
{{- with $settings.runbookUrl }}{{ $_ := set $rule.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" .) $rule.alert) }}{{ end -}}
{{- end -}}
{{- if dig "enabled" true $override }}{{ toYaml $rule }}{{ end -}}
{{- end }}
