package io.chaosproxy.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

final class ChaosExtensionTest {
    private static EngineExecutionResults run(Class<?> tests, String... parameters) {
        EngineTestKit.Builder kit = EngineTestKit.engine("junit-jupiter").selectors(selectClass(tests));
        for (int i = 0; i < parameters.length; i += 2) {
            kit.configurationParameter(parameters[i], parameters[i + 1]);
        }
        return kit.execute();
    }

    private static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class))
                .map(result -> result.getThrowable().orElseThrow())
                .toList();
    }

    private static List<Map<String, String>> reports(EngineExecutionResults results) {
        return results.allEvents().reportingEntryPublished().stream()
                .map(ChaosExtensionTest::entries)
                .toList();
    }

    private static Map<String, String> entries(Event event) {
        return event.getRequiredPayload(ReportEntry.class).getKeyValuePairs();
    }

    @Test
    void fieldsAndParametersAreProxies() {
        EngineExecutionResults results = run(Samples.Good.class);
        assertEquals(List.of(), failures(results));
        assertEquals(3, results.testEvents().succeeded().count());
        assertEquals(List.of(), reports(results));
    }

    @Test
    void clientsTrustTheCertificatesOfTheirProxies() {
        EngineExecutionResults results = run(Samples.WithTls.class);
        assertEquals(List.of(), failures(results));
        assertEquals(2, results.testEvents().succeeded().count());
    }

    @Test
    void aFailureTellsWhatTheNetworkDid() {
        EngineExecutionResults results = run(Samples.ByChance.class);
        assertEquals(5, failures(results).size(), "more than 1 in 37,000 pass");
        Map<String, String> report = reports(results).getFirst();
        String seed = report.get("chaos.seed").replaceFirst(",.*", "");
        assertEquals(seed + ", repeat by @Seed(" + seed + ") on the test", report.get("chaos.seed"));
        assertTrue(report.get("chaos.db.plan").contains("probability = 0.1"), report::toString);
        assertTrue(report.get("chaos.db.traffic").contains(" connection"), report::toString);
        assertTrue(report.get("chaos.db.journal").startsWith("proxy db, seed " + seed + ": 1 hit\n"), report::toString);
        String suppressed = failures(results).getFirst().getSuppressed()[0].toString();
        report.forEach((key, value) -> assertTrue(suppressed.contains(key + ": " + value), suppressed));
    }

    /** Which connection is the first to be late hangs on the seed and on nothing else. */
    @Test
    void theSeedOfAFailureRepeatsIt() {
        EngineExecutionResults results = run(Samples.ByChance.class);
        for (int i = 0; i < 5; i++) {
            String message = String.valueOf(failures(results).get(i).getMessage());
            String seed = reports(results).get(i).get("chaos.seed").replaceFirst(",.*", "");
            EngineExecutionResults again = run(Samples.ByChance.class, "chaos-proxy.seed", seed);
            for (Throwable failure : failures(again)) {
                assertEquals(message, failure.getMessage(), "seed " + seed);
            }
        }
        long different =
                failures(results).stream().map(Throwable::getMessage).distinct().count();
        assertTrue(different > 1, "all five the same");
    }

    @Test
    void whatIsAbortedHasNotFailed() {
        EngineExecutionResults results = run(Samples.Aborted.class);
        assertEquals(1, results.testEvents().aborted().count());
        assertEquals(List.of(), reports(results));
    }

    @Test
    void aSeedIsANumber() {
        Throwable failure =
                failures(run(Samples.BadRule.class, "chaos-proxy.seed", "x")).getFirst();
        assertTrue(root(failure).contains("chaos-proxy.seed: must be a whole number, not \"x\""), failure::toString);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        BadRule       | @InjectFault on BadRule.test: faults.latency.delay: is missing; .*; faults.latency.dely: unknown key; did you mean delay\\?
        BadText       | @InjectFault on BadText.test: .*
        BadProfile    | @Profile on BadProfile.test: profile: must be one of .*, not "33g"; did you mean 3g\\?
        BadUpstream   | @Chaos on field BadUpstream.db: proxies.db.upstream: must be host:port, not "localhost"
        NoMethod      | @Chaos on parameter db of NoMethod.test: upstream: there is no method address\\(\\) without parameters
        NotStatic     | @Chaos on field NotStatic.db: upstream: port\\(\\) must be static here
        WrongType     | @Chaos on field WrongType.db: must be a ChaosProxy, not a String
        OnNobody      | @InjectFault on OnNobody.test: there is no proxy named shop, only db
        NotForTcp     | @InjectFault on NotForTcp.test: faults.respond.type: respond needs protocol = http or auto
        NoProxy       | @Profile on NoProxy: there is no proxy; a field or parameter with @Chaos makes one
        TlsTwice      | @Chaos on field TlsTwice.db: config: tls stands there already
        BadTls        | @Chaos on field BadTls.db: proxies.db.tls.certificate: is missing; or set self-signed = true; proxies.db.tls.self-signd: unknown key; did you mean self-signed\\?
        TrustsNothing | @Trusting on parameter trust of TrustsNothing.test: there is no proxy with tls = @Tls
        TrustsAnything | @Trusting on parameter trust of TrustsAnything.test: must be an SSLContext or a ChaosTrust, not a String
        InConstructor | @Chaos on parameter db of .*: a constructor runs before there is a test; use a field
        """)
    void mistakesNameTheAnnotationAndItsPlace(String sample, String message) throws ClassNotFoundException {
        Throwable failure = failures(run(Class.forName(Samples.class.getName() + "$" + sample)))
                .getFirst();
        Matcher matcher = Pattern.compile(message).matcher(String.valueOf(failure.getMessage()));
        assertTrue(matcher.matches(), failure::toString);
        Class<?> kind = message.contains(" on parameter ")
                ? ParameterResolutionException.class
                : ExtensionConfigurationException.class;
        assertInstanceOf(kind, failure);
    }

    private static EngineExecutionResults runAtOnce(Class<?>... tests) {
        EngineTestKit.Builder kit = EngineTestKit.engine("junit-jupiter");
        for (Class<?> each : tests) {
            kit.selectors(selectClass(each));
        }
        return kit.configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.executor-service", "FORK_JOIN_POOL")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute();
    }

    @Test
    void subclassesWithOneStaticFieldTakeTurns() {
        EngineExecutionResults results = runAtOnce(
                Samples.SharedFieldFirst.class, Samples.SharedFieldSecond.class, Samples.SharedFieldThird.class);
        assertEquals(List.of(), failures(results));
        assertEquals(6, results.testEvents().succeeded().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SharedInstance", "SharedInstanceAround", "SharedParameter"})
    void testsThatShareAProxyTakeTurns(String sample) throws ClassNotFoundException {
        EngineExecutionResults results = runAtOnce(Class.forName(Samples.class.getName() + "$" + sample));
        assertEquals(List.of(), failures(results));
        assertTrue(results.testEvents().succeeded().count() > 1);
    }

    @Test
    void aStaticFieldInUseIsRefusedByName() {
        List<Throwable> refused = new ArrayList<>();
        Samples.Unlocked.meanwhile(() -> refused.addAll(failures(run(Samples.UnlockedSecond.class))));
        assertEquals(List.of(), failures(run(Samples.UnlockedFirst.class)));
        assertEquals(
                "@Chaos on field Unlocked.shared: is in use by UnlockedFirst, which runs at the same time; @ChaosTest"
                    + " on each class that has it, or @ResourceLock(\"Unlocked.shared\"), makes the tests take turns",
                refused.getFirst().getMessage());
        assertEquals(List.of(), failures(run(Samples.UnlockedSecond.class)), "it is free again");
    }

    @ParameterizedTest
    @CsvSource({"UnlockedMethods, shared", "UnlockedInstance, own"})
    void oneOfTwoTestsIsRefusedAProxyInUse(String sample, String field) throws ClassNotFoundException {
        List<Throwable> failures = failures(runAtOnce(Class.forName(Samples.class.getName() + "$" + sample)));
        assertEquals(1, failures.size(), failures::toString);
        String message = String.valueOf(failures.getFirst().getMessage());
        String place = sample + "." + field;
        assertTrue(message.startsWith("@Chaos on field " + place + ": is in use by " + sample + "."), message);
        assertTrue(message.contains("@ResourceLock(\"" + place + "\")"), message);
    }

    private static String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof ExtensionConfigurationException)) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
