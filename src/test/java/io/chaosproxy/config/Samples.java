package io.chaosproxy.config;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.EndpointPattern;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.SlowHandshake;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.fault.Truncate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Values of every kind: as few fields as possible, and every field other than its default. */
final class Samples {
    private static final Duration MS = Duration.ofMillis(1);
    private static final Duration ODD = Duration.ofNanos(1_234_567_891);

    private Samples() {}

    static final List<Fault> FAULTS = List.of(
            Latency.of(Duration.ofMillis(100)),
            latency(new Distribution.Around(Duration.ofHours(2), Duration.ofMinutes(3))),
            Latency.between(MS, Duration.ofSeconds(90)).onStream(),
            Latency.between(MS, MS),
            latency(new Distribution.Normal(MS, ODD, Distribution.LONGEST)),
            latency(new Distribution.Normal(MS, ODD, Duration.ofMinutes(2))),
            latency(new Distribution.LogNormal(MS, 0.5, Distribution.LONGEST)),
            latency(new Distribution.LogNormal(MS, 1, ODD)),
            latency(new Distribution.Pareto(MS, 1.25, Distribution.LONGEST)),
            latency(new Distribution.Pareto(MS, 1e-9, ODD)),
            Rate.of(0),
            Rate.of(1 << 20).sharedBy(FaultScope.ALL),
            Rate.of(Long.MAX_VALUE).sharedBy(FaultScope.CONNECTION),
            Rate.between(1000, 1 << 30),
            new Rate(1024, 1025, Duration.ofMillis(250), FaultScope.CONNECTION),
            new Rate(7, 7, Duration.ofMinutes(1), FaultScope.PROXY),
            Outage.of(Duration.ofMillis(1500)),
            new Outage(Duration.ZERO, Duration.ofDays(365)),
            Outage.of(MS).scope(FaultScope.PROXY),
            new Outage(MS, ODD, FaultScope.ALL),
            Reset.at(Reset.At.FIRST_BYTE),
            new ResetAtAccept(ODD),
            Reset.at(Reset.At.REQUEST),
            Reset.at(Reset.At.BODY),
            ResetInTls.atHello(),
            new ResetInTls(TlsFault.Stage.HANDSHAKE, ODD),
            SlowHandshake.of(MS),
            new SlowHandshake(new Distribution.Pareto(MS, 1.25, ODD)),
            new BadCertificate(TlsFault.Defect.EXPIRED),
            new BadCertificate(TlsFault.Defect.WRONG_NAME),
            new BadCertificate(TlsFault.Defect.SELF_SIGNED),
            new BadCertificate(TlsFault.Defect.UNKNOWN_CA),
            Timeout.never(),
            new Timeout(Duration.ofSeconds(5)),
            new SlowClose(Duration.ofNanos(1_000)),
            new Slice(1, 0, Duration.ZERO),
            new Slice(Integer.MAX_VALUE, 12, MS),
            new Limit(0),
            new Limit(Long.MAX_VALUE),
            new Limit(7, false),
            new Corrupt(1, 1024),
            new Corrupt(2, 4096),
            new Refuse(AcceptFault.How.RESET, Duration.ZERO),
            new Refuse(AcceptFault.How.CLOSE, MS),
            new Refuse(AcceptFault.How.HANG, Duration.ZERO),
            Respond.of(503),
            new Respond(
                    429,
                    "{\"error\": \"slow\"}\n\u00e4\u0000",
                    Map.of("Content-Type", "application/json", "X.Y", "true"),
                    Optional.of(ODD)),
            new Respond(200, "true", Map.of("A", "1", "B", "null"), Optional.of(Duration.ZERO)),
            new Truncate(OptionalLong.empty()),
            new Truncate(OptionalLong.of(0)),
            new Truncate(OptionalLong.of(5), false),
            new Headers(Headers.On.REQUEST, Map.of("Host", "other", "X-Empty", ""), List.of()),
            new Headers(Headers.On.RESPONSE, Map.of(), List.of("ETag", "X-1")));

    static final Match EVERY_CONDITION = new Match(
            Optional.of(Network.parse("fd00::/8")),
            Optional.empty(),
            Optional.of(EndpointPattern.parse("[2001:db8::*]:443")),
            Set.of("GET", "M-SEARCH"),
            Optional.of(Glob.path("/a/*/b/**?")),
            Optional.of(Glob.text("*.example.com")),
            Map.of("User-Agent", Glob.text("*curl*"), "x.y z", Glob.text("")),
            1,
            2,
            0,
            Duration.ofSeconds(3),
            Duration.ofMinutes(4));

    static final Match EACH_FIFTH = Match.ANY.nth(5);

    /** Rules for http proxies, that with their usual settings first. */
    static final List<Rule> RULES = List.of(
            Rule.of("usual", Latency.of(MS)),
            Rule.of("often", Latency.of(MS)).probability(0.1),
            Rule.of("never", Latency.of(MS)).probability(0),
            Rule.of("Up ä.b \"c\"", Latency.of(MS)).way(Directions.UP),
            Rule.of("both", Latency.of(MS)).way(Directions.BOTH),
            Rule.of("outage", Outage.of(MS)).per(TrialUnit.EXCHANGE),
            Rule.of("second", Latency.of(MS)).per(TrialUnit.SECOND),
            Rule.of("nth", Latency.of(MS)).when(EACH_FIFTH),
            new Rule(
                    "all",
                    Rate.of(5),
                    Directions.DOWN,
                    new Probability(0.25, TrialUnit.CONNECTION, 17),
                    EVERY_CONDITION,
                    Duration.ofHours(1)));

    /** A listener's TLS with every field. */
    static final ListenerTls.Terminated EVERY_TLS = new ListenerTls.Terminated(
                    Optional.of(new ListenerTls.KeyFiles(
                            Path.of("a b.pem"), Optional.of(Path.of("/k/a.key")), Optional.of(Path.of("pw")))),
                    Map.of(),
                    Optional.empty(),
                    ListenerTls.ClientCertificates.WANT,
                    Optional.of(Path.of("clients.pem")),
                    List.of("http/1.1", "http/1.0"))
            .and("shop", ListenerTls.KeyFiles.pem(Path.of("b.pem"), Path.of("b.key")))
            .and(
                    "Another ä.b",
                    new ListenerTls.KeyFiles(Path.of("c.p12"), Optional.empty(), Optional.of(Path.of("c.pw"))));

    /** An upstream's TLS with every field that goes together. */
    static final UpstreamTls EVERY_UPSTREAM_TLS = new UpstreamTls(
            Optional.of(Path.of("ca.pem")),
            false,
            Optional.of(ListenerTls.KeyFiles.pem(Path.of("me.pem"), Path.of("me.key"))),
            Optional.of("shop.example.com"));

    /** An interception with every field. */
    static final Intercept EVERY_INTERCEPT = new Intercept(
            new ListenerTls.KeyFiles(Path.of("ca.pem"), Optional.of(Path.of("ca.key")), Optional.of(Path.of("secret"))),
            List.of(TargetPattern.parse("*.example.com:443"), TargetPattern.parse("10.0.0.0/8")),
            List.of(TargetPattern.parse("bank.example.com")),
            Intercept.OnRefusal.PASSTHROUGH,
            Duration.ofDays(90));

    static final Options EVERY_OPTION = new Options(
            1,
            MS,
            Duration.ofDays(1),
            1024,
            2,
            ODD,
            Options.Log.CONNECTIONS,
            true,
            false,
            Options.H2c.PASS,
            new ProxyProtocol(List.of(Network.parse("10.0.0.0/8"), Network.parse("::1")), ProxyProtocol.Send.V2),
            ForwardAccess.OPEN);

    /** Access to a forward proxy with all that goes together. */
    static final ForwardAccess EVERY_ACCESS = ForwardAccess.OPEN
            .allowing("*.example.com:443", "10.0.0.0/8", "[fd00::/8]:80")
            .denying("secret.example.com")
            .credentials(Path.of("users"));

    private static Latency latency(Distribution delay) {
        return new Latency(delay, Latency.Scope.FIRST_BYTE);
    }
}
