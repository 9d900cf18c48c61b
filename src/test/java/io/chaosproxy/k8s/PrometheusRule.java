package io.chaosproxy.k8s;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A PrometheusRule of the Prometheus operator (monitoring.coreos.com/v1), with as many of its fields as are used here. */
record PrometheusRule(String apiVersion, String kind, ServiceMonitor.Metadata metadata, Spec spec) {
    record Spec(List<Group> groups) {}

    record Group(String name, List<Alert> rules) {}

    record Alert(
            String alert,
            String expr,
            @JsonProperty("for") @Nullable String lasting,
            Map<String, String> labels,
            Map<String, String> annotations) {}
}
