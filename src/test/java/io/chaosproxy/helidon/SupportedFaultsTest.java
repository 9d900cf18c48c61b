package io.chaosproxy.helidon;

import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
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
import io.chaosproxy.kit.AllFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
final class SupportedFaultsTest {
    private static final Latency LATE = Latency.of(ofMillis(1));

    private final ChaosFilter filter = ChaosFilter.create("shop");
    private final ChaosService service = ChaosService.create("orders");

    /** A rule that can't be, and the key that its refusal names. */
    record Case(String key, Rule rule) {
        Case(String key, Fault fault) {
            this(key, Rule.of("odd", fault));
        }
    }

    private static Rule rule(Fault fault) {
        return Rule.of("odd", fault);
    }

    static Stream<Case> inNeither() {
        return Stream.of(
                new Case("type", Timeout.never()),
                new Case("type", ResetInTls.atHello()),
                new Case("type", ResetInTls.inHandshake()),
                new Case("type", SlowHandshake.of(ofMillis(1))),
                new Case("type", new BadCertificate(TlsFault.Defect.EXPIRED)),
                new Case("type", SlowClose.of(ofMillis(1))),
                new Case("type", Slice.of(10)),
                new Case("type", Limit.of(10)),
                new Case("type", Corrupt.of(1, 10)),
                new Case("type", Truncate.anywhere()),
                new Case("scope", LATE.onStream()),
                new Case("scope", Outage.of(ofMillis(1)).scope(FaultScope.ALL)),
                new Case("shared", rule(Rate.of(1).sharedBy(FaultScope.ALL)).way(Directions.DOWN)),
                new Case(
                        "shared",
                        rule(Rate.of(1).sharedBy(FaultScope.CONNECTION)).way(Directions.DOWN)));
    }

    static Stream<Case> notInAFilter() {
        return Stream.concat(
                inNeither(),
                Stream.of(
                        new Case("delay", new ResetAtAccept(ofMillis(1))),
                        new Case("how", Refuse.close()),
                        new Case("how", Refuse.hang()),
                        new Case("on", Headers.ofRequest("X-A", "1"))));
    }

    static Stream<Case> notInAClientService() {
        return Stream.concat(
                inNeither(),
                Stream.of(
                        new Case("type", Reset.atFirstByte()),
                        new Case("type", ResetAtAccept.now()),
                        new Case("type", Refuse.reset()),
                        new Case("type", Respond.of(503)),
                        new Case("direction", Rate.of(1)),
                        new Case("direction", rule(Rate.of(1)).way(Directions.UP)),
                        new Case("per", rule(LATE).per(TrialUnit.CONNECTION)),
                        new Case("when.client", rule(LATE).when(Match.ANY.client("127.0.0.1")))));
    }

    @ParameterizedTest
    @MethodSource("notInAFilter")
    void aFilterRefusesWhatItCantDo(Case asked) {
        filter.sockets();
        refuses(filter, asked);
    }

    @ParameterizedTest
    @MethodSource("notInAClientService")
    void aClientServiceRefusesWhatItCantDo(Case asked) {
        refuses(service, asked);
    }

    private static void refuses(InProcessChaos chaos, Case asked) {
        Plan before = Plan.of(Rule.of("late", LATE));
        chaos.plan(before);
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> chaos.plan(before.with(asked.rule())));
        assertEquals("faults.odd." + asked.key(), refused.key());
        assertFalse(refused.reason().isBlank());
        assertThrows(InvalidValueException.class, () -> chaos.inject(asked.rule()));
        assertEquals(before, chaos.plan());
    }

    @Test
    void theRestIsAccepted() {
        filter.sockets();
        filter.inject(LATE, Outage.of(ofMillis(1)), Rate.of(1), ResetAtAccept.now(), Reset.inBody(), Respond.of(503));
        filter.inject(rule(LATE).per(TrialUnit.CONNECTION), rule(LATE).per(TrialUnit.SECOND));
        assertEquals(8, filter.plan().rules().size());
        service.inject(LATE, Outage.of(ofMillis(1)), Headers.ofRequest("X-A", "1"), Headers.ofResponse("X-A", "1"));
        service.inject(rule(Rate.of(1)).way(Directions.DOWN));
        assertEquals(5, service.plan().rules().size());
    }

    /** The page for people has a row for each kind of fault. */
    @Test
    void thePageKnowsEveryFault() throws IOException {
        String page = Files.readString(Path.of("src", "docs", "helidon.md"));
        AllFaults.types().forEach(type -> assertTrue(page.contains("| `" + type + "`"), type));
    }
}
