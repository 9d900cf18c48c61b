package io.chaosproxy.cli;

import java.util.List;

/**
 * A key of a proxy in the configuration that is an option of the command line as well.
 *
 * @param key as the configuration spells it, dots included; the option is the same behind two dashes
 * @param label placeholder for the value in the help; empty for a switch
 */
record Setting(String key, String label, String description) {
    static final Setting LISTEN = new Setting("listen", "HOST:PORT", "Listen address; port 0 for an ephemeral port.");
    static final Setting UPSTREAM =
            new Setting("upstream", "ADDRESS", "Upstream address: host:port, or a URL with http.");

    /** Faults of the short form. */
    static final List<Setting> FAULTS = List.of(
            new Setting("latency", "TIME", "Delay of the first byte of each response (tcp: of each connection)."),
            new Setting("latency-min", "TIME", "Lower bound of a random latency,"),
            new Setting("latency-max", "TIME", "and its upper bound."),
            new Setting(
                    "latency-scope",
                    "WHAT",
                    "first-byte, or stream: delays all bytes, and so each query on a tcp connection; default"
                            + " first-byte."),
            new Setting("speed", "SIZE", "Bytes per second of all connections together, in each direction."),
            new Setting("speed-min", "SIZE", "Lower bound of a random speed,"),
            new Setting("speed-max", "SIZE", "its upper bound,"),
            new Setting("speed-every", "TIME", "and the interval of draws; default 1s."),
            new Setting("speed-up", "SIZE", "Bytes per second to the upstream."),
            new Setting("speed-down", "SIZE", "Bytes per second to the client."),
            new Setting("jitter-prob", "0..1", "Probability of an outage, in each second in which bytes flow."),
            new Setting("jitter-min", "TIME", "Lower bound of the random length of an outage,"),
            new Setting("jitter-max", "TIME", "and its upper bound."),
            new Setting("reset-enable", "", "Exchanges (tcp: connections) may end in a TCP reset."),
            new Setting("reset-prob", "0..1", "Probability of that."),
            new Setting("reset-at", "WHEN", "accept, request, first-byte or body; first-byte."));

    /** Options of a proxy other than faults. */
    static final List<Setting> SERVICE = List.of(
            new Setting("max-connections", "N", "Maximum number of concurrent connections; further ones wait."),
            new Setting("connect-timeout", "TIME", "Timeout for connecting to the upstream."),
            new Setting("idle-timeout", "TIME", "Timeout for connections without traffic; 0 for none."),
            new Setting("max-head", "SIZE", "Maximum size of the head of a request or response."),
            new Setting("backlog", "N", "Length of the kernel's queue of connections to accept."),
            new Setting("drain", "TIME", "Timeout for open exchanges at shutdown."),
            new Setting("log", "WHAT", "Log level: off, warnings, hits or connections."),
            new Setting("rewrite-host", "", "Set the Host field to the upstream's."),
            new Setting("h2c", "WHAT", "Upgrade to HTTP/2: strip or pass; default strip."),
            new Setting("http.strict", "", "Reject messages that parsers may interpret differently; default true."));

    String option() {
        return "--" + key;
    }
}
