// Package customresources names the Go types whose schemas the charts are checked against: controller-gen reads them (schemas.ts).
package customresources

import (
	_ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
