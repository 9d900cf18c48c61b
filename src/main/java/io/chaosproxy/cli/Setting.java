package io.chaosproxy.cli;

import java.util.List;

/**
 * A key of a proxy in the configuration that is an option of the command line as well.
 *
 * @param key as the configuration spells it, dots included; the option is the same behind two dashes
 * @param label what stands for its value in the help; empty for a switch
 */
record Setting(String key, String label, String description) {
    static final Setting LISTEN = new Setting("listen", "HOST:PORT", "Where clients connect; port 0 for a free one.");
    static final Setting UPSTREAM =
            new Setting("upstream", "ADDRESS", "Where connections go: host:port, or a URL with http.");

    /** The short form: what goes wrong. */
    static final List<Setting> FAULTS = List.of(
            new Setting("latency", "TIME", "Comes before the first byte of each response (tcp: of each connection)."),
            new Setting("latency-min", "TIME", "The same, drawn from a range: its lower end,"),
            new Setting("latency-max", "TIME", "and its upper end."),
            new Setting(
                    "latency-scope",
                    "WHAT",
                    "first-byte, or stream: every byte is late, and so each query on a tcp connection; first-byte."),
            new Setting("speed", "SIZE", "Bytes a second of all connections together, each way."),
            new Setting("speed-min", "SIZE", "The same, drawn from a range: its lower end,"),
            new Setting("speed-max", "SIZE", "its upper end,"),
            new Setting("speed-every", "TIME", "and how often it is drawn; 1s."),
            new Setting("speed-up", "SIZE", "Bytes a second to the upstream."),
            new Setting("speed-down", "SIZE", "Bytes a second to the client."),
            new Setting("jitter-prob", "0..1", "Probability of an outage, in each second in which bytes flow."),
            new Setting("jitter-min", "TIME", "How long nothing moves then, drawn from a range: its lower end,"),
            new Setting("jitter-max", "TIME", "and its upper end."),
            new Setting("reset-enable", "", "Exchanges (tcp: connections) may end in a TCP reset."),
            new Setting("reset-prob", "0..1", "Probability of that."),
            new Setting("reset-at", "WHEN", "accept, request, first-byte or body; first-byte."));

    /** How the connections are served, faults aside. */
    static final List<Setting> SERVICE = List.of(
            new Setting("max-connections", "N", "At once; more of them wait."),
            new Setting("connect-timeout", "TIME", "How long the upstream may take to accept a connection."),
            new Setting("idle-timeout", "TIME", "Closes connections on which nothing moved for so long; 0 for never."),
            new Setting("max-head", "SIZE", "The largest head of a request or response."),
            new Setting("backlog", "N", "Connections that the kernel keeps until they are accepted."),
            new Setting("drain", "TIME", "How long the end waits for what is under way."),
            new Setting("log", "WHAT", "off, warnings, hits or connections, each with all before it."),
            new Setting("rewrite-host", "", "The Host field becomes the upstream's."),
            new Setting("h2c", "WHAT", "strip or pass: whether a client may go on in HTTP/2; strip."),
            new Setting("http.strict", "", "Refuses messages that two parsers may read differently; true."));

    String option() {
        return "--" + key;
    }
}
