package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.ValueType.COUNT;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.ENDPOINT;
import static io.chaosproxy.config.ValueType.GLOB;
import static io.chaosproxy.config.ValueType.NETWORK;
import static io.chaosproxy.config.ValueType.PATH;
import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.fault.EndpointPattern;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Network;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The table of a rule's conditions: fields of {@code when}. */
final class MatchSchema {
    static final ObjectSchema<Match> WHEN = when();

    private MatchSchema() {}

    private static ObjectSchema<Match> when() {
        FieldSchema<Match, Optional<Network>> client = optional(
                "client", NETWORK, Match::client, Network.parse("127.0.0.0/8"), "address or network of the client");
        FieldSchema<Match, Optional<Glob>> sni = optional(
                "sni",
                GLOB,
                Match::sni,
                Glob.text("*.example.com"),
                "server name in the client's TLS handshake (SNI); needs tls, or protocol = auto");
        FieldSchema<Match, Optional<EndpointPattern>> target = optional(
                "target",
                ENDPOINT,
                Match::target,
                EndpointPattern.parse("*.example.com:443"),
                "upstream of the connection or exchange: host, optionally with the port");
        FieldSchema<Match, List<String>> method = FieldSchema.list(
                "method",
                TEXT,
                match -> List.copyOf(match.methods()),
                List.of("GET", "POST"),
                "HTTP method, one or several");
        FieldSchema<Match, Optional<Glob>> path = optional(
                "path",
                PATH,
                Match::path,
                Glob.path("/orders/**"),
                "path without the query; * matches within a segment, ** across segments, ? one character");
        FieldSchema<Match, Optional<Glob>> host =
                optional("host", GLOB, Match::host, Glob.text("*.example.com"), "requested host, without the port");
        FieldSchema<Match, Map<String, Glob>> header = FieldSchema.map(
                "header",
                GLOB,
                Match::header,
                "User-Agent",
                Glob.text("*curl*"),
                "patterns for the values of header fields, case-insensitive");
        FieldSchema<Match, Long> skip = FieldSchema.<Match, Long>defaulted(
                        "skip", COUNT, Match::skip, 0L, "number of matching exchanges (tcp: connections) to skip first")
                .atLeast(0);
        FieldSchema<Match, Long> first = FieldSchema.<Match, Long>defaulted(
                        "first", COUNT, Match::first, 0L, "number of matches to apply to after skip; 0 for unlimited")
                .atLeast(0);
        FieldSchema<Match, Long> nth = FieldSchema.<Match, Long>defaulted(
                        "nth",
                        COUNT,
                        Match::nth,
                        0L,
                        "applies to every n-th match only; 0 for every match; not together with first")
                .atLeast(0);
        FieldSchema<Match, Duration> from = defaulted(
                "from",
                DURATION,
                Match::from,
                Duration.ZERO,
                "start of the time window, counted from when the rule took effect");
        FieldSchema<Match, Duration> lasting =
                defaulted("for", DURATION, Match::lasting, Duration.ZERO, "length of the time window; 0 for unlimited");
        return new ObjectSchema<>(
                List.of(client, sni, target, method, path, host, header, skip, first, nth, from, lasting),
                reader -> new Match(
                        client.read(reader),
                        sni.read(reader),
                        target.read(reader),
                        new LinkedHashSet<>(method.read(reader)),
                        path.read(reader),
                        host.read(reader),
                        header.read(reader),
                        skip.read(reader),
                        first.read(reader),
                        nth.read(reader),
                        from.read(reader),
                        lasting.read(reader)));
    }
}
