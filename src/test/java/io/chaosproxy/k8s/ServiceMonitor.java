package io.chaosproxy.k8s;

import java.util.List;
import java.util.Map;

/** A ServiceMonitor of the Prometheus operator (monitoring.coreos.com/v1), with as many of its fields as are used here. */
record ServiceMonitor(String apiVersion, String kind, Metadata metadata, Spec spec) {
    record Metadata(String name, Map<String, String> labels) {}

    record Spec(Selector selector, List<Endpoint> endpoints) {}

    record Selector(Map<String, String> matchLabels) {}

    record Endpoint(String port, String path, String interval, Authorization authorization) {}

    record Authorization(String type, Credentials credentials) {}

    record Credentials(String name, String key) {}
}
