package io.chaosproxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.kit.Circles;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The rules of the house that the compiler doesn't know. */
final class ArchitectureTest {
    private static final String ROOT = "io.chaosproxy";

    private static final List<String> EVERYBODY =
            List.of("java.", "javax.", "jdk.", "com.sun.management.", "org.jspecify.");

    /**
     * What each package may use besides itself and the JDK: packages of this project by their short name, others by their
     * prefix. Whoever adds a package adds a line.
     */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("flow", List.of()),
            Map.entry("text", List.of()),
            Map.entry("stream", List.of("flow")),
            Map.entry("fault", List.of("stream", "flow", "text")),
            Map.entry("observe", List.of("fault", "flow", "text")),
            Map.entry("net", List.of("flow")),
            Map.entry("tls", List.of("net", "fault", "flow")),
            Map.entry("inject", List.of("fault", "stream", "flow")),
            Map.entry("config", List.of("fault", "flow", "text", "com.typesafe.config.")),
            Map.entry("relay", List.of("config", "tls", "net", "inject", "observe", "fault", "stream", "flow", "text")),
            Map.entry("http", List.of("relay", "config", "net", "inject", "observe", "fault", "stream", "flow")),
            Map.entry("forward", List.of("http", "relay", "config", "net", "observe", "fault", "flow")),
            Map.entry("junit", List.of("", "config", "fault", "com.typesafe.config.", "org.junit.", "org.opentest4j.")),
            Map.entry("helidon", List.of("", "inject", "fault", "stream", "flow", "io.helidon.")),
            Map.entry("demo", List.of("io.helidon.")),
            Map.entry("terminal", List.of()),
            Map.entry(
                    "control.web",
                    List.of(
                            "config",
                            "fault",
                            "flow",
                            "text",
                            "com.typesafe.config.",
                            "com.fasterxml.jackson.core.",
                            "io.helidon.")),
            Map.entry(
                    "control.meters",
                    List.of("relay", "inject", "observe", "fault", "flow", "io.micrometer.", "io.prometheus.metrics.")),
            Map.entry(
                    "control.reload",
                    List.of("config", "relay", "net", "inject", "fault", "flow", "com.typesafe.config.")),
            Map.entry(
                    "control.toxiproxy",
                    List.of(
                            "control.web",
                            "config",
                            "relay",
                            "net",
                            "inject",
                            "observe",
                            "fault",
                            "flow",
                            "text",
                            "com.fasterxml.jackson.core.",
                            "io.helidon.",
                            "io.prometheus.metrics.")),
            Map.entry("control.load", List.of("config", "http", "relay", "tls", "fault")),
            Map.entry(
                    "control.api",
                    List.of(
                            "control.load",
                            "control.reload",
                            "control.web",
                            "config",
                            "relay",
                            "net",
                            "inject",
                            "observe",
                            "fault",
                            "flow",
                            "text",
                            "com.typesafe.config.",
                            "io.helidon.")),
            Map.entry(
                    "control",
                    List.of(
                            "control.api",
                            "control.toxiproxy",
                            "control.reload",
                            "control.meters",
                            "control.web",
                            "config",
                            "relay",
                            "tls",
                            "net",
                            "inject",
                            "observe",
                            "fault",
                            "flow",
                            "text",
                            "com.typesafe.config.",
                            "io.micrometer.",
                            "io.prometheus.metrics.",
                            "io.helidon.")),
            Map.entry(
                    "ctl",
                    List.of(
                            "config",
                            "fault",
                            "flow",
                            "text",
                            "terminal",
                            "picocli.",
                            "com.typesafe.config.",
                            "io.helidon.")),
            Map.entry(
                    "cluster",
                    List.of(
                            "config",
                            "relay",
                            "tls",
                            "inject",
                            "fault",
                            "flow",
                            "com.typesafe.config.",
                            "org.apache.commons.pool2.",
                            "redis.clients.")),
            Map.entry(
                    "server",
                    List.of("cluster", "config", "http", "forward", "relay", "inject", "observe", "fault", "flow")),
            Map.entry(
                    "",
                    List.of(
                            "control",
                            "control.meters",
                            "server",
                            "config",
                            "relay",
                            "tls",
                            "inject",
                            "observe",
                            "fault",
                            "flow",
                            "io.micrometer.")),
            Map.entry(
                    "cli",
                    List.of(
                            "",
                            "cluster",
                            "server",
                            "control",
                            "control.reload",
                            "ctl",
                            "terminal",
                            "demo",
                            "config",
                            "http",
                            "relay",
                            "tls",
                            "net",
                            "inject",
                            "observe",
                            "fault",
                            "flow",
                            "text",
                            "picocli.",
                            "com.typesafe.config.",
                            "io.helidon.")));

    private static final JavaClasses CODE = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void packagesUseWhatTheyMay() {
        TreeSet<String> offences = new TreeSet<>();
        for (JavaClass type : CODE) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass used = dependency.getTargetClass().getBaseComponentType();
                if (!mayUse(type, used)) {
                    offences.add(type.getName() + " uses " + used.getName());
                }
            }
        }
        assertEquals(new TreeSet<>(), offences);
    }

    private static boolean mayUse(JavaClass type, JavaClass used) {
        List<String> allowed = MAY_USE.get(shortName(type));
        if (allowed == null) {
            throw new AssertionError("what may " + type.getPackageName() + " use?");
        }
        return used.isPrimitive()
                || shortName(type).equals(shortName(used))
                || EVERYBODY.stream().anyMatch(used.getName()::startsWith)
                || allowed.stream()
                        .anyMatch(allows -> allows.endsWith(".")
                                ? used.getName().startsWith(allows)
                                : shortName(used).equals(allows));
    }

    /** The package without the root's name; {@link Main} belongs to what it starts. */
    private static String shortName(JavaClass type) {
        String name = type.getPackageName();
        if (type.isEquivalentTo(Main.class)) {
            return "cli";
        }
        return name.equals(ROOT) ? "" : name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : name;
    }

    /** What other modules may use. */
    private static final Set<String> EXPORTED =
            Set.of(ROOT, ROOT + ".config", ROOT + ".fault", ROOT + ".helidon", ROOT + ".junit");

    @Test
    void theModuleExportsTheseAndNoMore() throws IOException {
        try (InputStream module = Files.newInputStream(Path.of("target", "classes", "module-info.class"))) {
            assertEquals(
                    EXPORTED,
                    ModuleDescriptor.read(module).exports().stream()
                            .map(ModuleDescriptor.Exports::source)
                            .collect(toSet()));
        }
    }

    /** The exported types, each where an embedder meets it (decision 12). */
    private static final Map<String, Set<String>> EMBEDDERS_SEE = Map.ofEntries(
            Map.entry(
                    "start proxies, and what they did",
                    Set.of(
                            "ChaosProxy",
                            "ChaosServer",
                            "Injection",
                            "ChaosJournal",
                            "ChaosTraffic",
                            "ChaosMeters",
                            "ChaosTrust")),
            Map.entry("main class, and what it lacks", Set.of("Main", "MissingLibrary")),
            Map.entry(
                    "faults",
                    Set.of(
                            "BadCertificate",
                            "Corrupt",
                            "Headers",
                            "Latency",
                            "Limit",
                            "Outage",
                            "Rate",
                            "Refuse",
                            "Reset",
                            "ResetAtAccept",
                            "ResetInTls",
                            "Respond",
                            "Slice",
                            "SlowClose",
                            "SlowHandshake",
                            "Timeout",
                            "Truncate")),
            Map.entry(
                    "positions of faults, and what their methods tell",
                    Set.of("Fault", "AcceptFault", "TlsFault", "StreamFault", "ExchangeFault", "RateLimit")),
            Map.entry(
                    "rules and plans",
                    Set.of(
                            "Plan",
                            "Rule",
                            "Match",
                            "Probability",
                            "TrialUnit",
                            "Direction",
                            "Directions",
                            "Distribution",
                            "FaultScope",
                            "Glob",
                            "Network",
                            "EndpointPattern",
                            "Endpoint",
                            "Protocol")),
            Map.entry("entries of the journal", Set.of("Hit", "Sample", "ClientProtocol")),
            Map.entry(
                    "errors", Set.of("InvalidValueException", "RateConflict", "InvalidConfigException", "ConfigError")),
            Map.entry(
                    "settings of proxies and of the control plane",
                    Set.of(
                            "ChaosConfig",
                            "ControlSettings",
                            "ClusterSettings",
                            "RedisAddress",
                            "ProxySpec",
                            "Options",
                            "Address",
                            "Upstream",
                            "ListenerTls",
                            "UpstreamTls",
                            "Intercept",
                            "ForwardAccess",
                            "TargetPattern",
                            "ProxyProtocol",
                            "NetworkProfile")),
            Map.entry(
                    "JUnit",
                    Set.of(
                            "Chaos",
                            "ChaosTest",
                            "ChaosExtension",
                            "InjectFault",
                            "Profile",
                            "Seed",
                            "SharedFields",
                            "Tls",
                            "Trusting")),
            Map.entry("Helidon", Set.of("ChaosFilter", "ChaosService", "InProcessChaos")),
            Map.entry(
                    "what constructors of ChaosJournal and Injection take, in the root and in helidon",
                    Set.of("Journal")),
            Map.entry(
                    "what throws InvalidValueException, or reads rules, in fault and above it",
                    Set.of("Check", "SharedRates")),
            Map.entry(
                    "what reads and writes configurations, since ChaosConfig reads itself",
                    Set.of("ConfigReader", "ConfigWriter", "ConfigReference", "JavaCode", "ProxyDraft")));

    @Test
    void exportedTypesAreThoseThatEmbeddersSee() {
        TreeSet<String> exported = CODE.stream()
                .filter(type -> type.getEnclosingClass().isEmpty() && isExported(type))
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.equals("package-info"))
                .collect(toCollection(TreeSet::new));
        assertEquals(
                EMBEDDERS_SEE.values().stream().flatMap(Set::stream).collect(toCollection(TreeSet::new)), exported);
    }

    /** Else other modules see members that they can't use. */
    @Test
    void exportedSignaturesNameExportedTypes() {
        TreeSet<String> offences = new TreeSet<>();
        for (JavaClass type : CODE) {
            if (isExported(type)) {
                Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream())
                        .filter(ArchitectureTest::isHidden)
                        .forEach(hidden -> offences.add(type.getName() + " is a " + hidden.getName()));
                Stream.concat(type.getCodeUnits().stream(), type.getFields().stream())
                        .filter(member -> isVisible(member.getModifiers()))
                        .forEach(member -> named(member)
                                .filter(ArchitectureTest::isHidden)
                                .forEach(hidden -> offences.add(member.getFullName() + " names " + hidden.getName())));
            }
        }
        assertEquals(new TreeSet<>(), offences);
    }

    private static Stream<JavaClass> named(JavaMember member) {
        return Stream.concat(
                member.getAllInvolvedRawTypes().stream(),
                member instanceof JavaCodeUnit code ? code.getExceptionTypes().stream() : Stream.empty());
    }

    private static boolean isHidden(JavaClass type) {
        JavaClass named = type.getBaseComponentType();
        return named.getPackageName().startsWith(ROOT) && !isExported(named);
    }

    private static boolean isExported(JavaClass type) {
        return EXPORTED.contains(type.getPackageName())
                && isVisible(type.getModifiers())
                && type.getEnclosingClass().map(ArchitectureTest::isExported).orElse(true);
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CODE);
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CODE); // within "control" as well
    }

    /**
     * Classes that need each other, each circle with its reason: none in {@code relay} and {@code observe}. Nested classes
     * count as their outer one.
     */
    private static final Map<Set<String>, String> CIRCLES = Map.of(
            Set.of("PolledSocket", "Poller"),
            "a thread waits for its socket with a poller, which wakes it",
            Set.of("ActivePlan", "ActiveRule", "Decisions", "Effects", "Target"),
            "rules in force, what they decided about a target, and the plan of both",
            Set.of("AcceptFault", "ExchangeFault", "Fault", "StreamFault", "TlsFault"),
            "a sealed type and its permitted ones",
            Set.of("ChaosFilter", "ChaosService", "InProcessChaos"),
            "the same",
            Set.of("FieldEdits", "Head", "RequestHead", "ResponseHead"),
            "the same, and what makes one head of another",
            Set.of("InvalidValueException", "RateConflict"),
            "an exception and its caller's reason",
            Set.of("ChaosConfig", "ConfigReader"),
            "a configuration is read by its own factory method",
            Set.of("ChaosProxy", "ChaosServer"),
            "a server shows its proxies, and a proxy alone has a server's parts",
            Set.of("CountedBytes", "DemoOrigin", "Echo", "Tick", "Ticker"),
            "the demo's origin and its handlers");

    /** Packages of commands: picocli's subcommands and their parent know each other. */
    private static final Set<String> COMMANDS = Set.of(ROOT + ".ctl", ROOT + ".cli");

    @Test
    void classesHaveNoCirclesBesidesThese() {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass type : CODE) {
            Set<String> used = uses.computeIfAbsent(outermost(type), name -> new TreeSet<>());
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                if (dependency.getTargetClass().getName().startsWith(ROOT)) {
                    used.add(outermost(dependency.getTargetClass()));
                }
            }
        }
        for (Set<String> circle : new Circles(uses).found()) {
            Set<String> names = new TreeSet<>();
            Set<String> packages = new TreeSet<>();
            for (String name : circle) {
                names.add(name.substring(name.lastIndexOf('.') + 1));
                packages.add(name.substring(0, name.lastIndexOf('.')));
            }
            assertTrue(
                    COMMANDS.containsAll(packages)
                            || CIRCLES.keySet().stream().anyMatch(known -> known.containsAll(names)),
                    () -> "a circle of " + circle);
        }
    }

    private static String outermost(JavaClass type) {
        return type.getName().replaceAll("[$\\[].*", "");
    }

    /** Where a concrete fault may be named besides its own package: what reads and writes it, and what refuses some. */
    private static final List<String> NAME_FAULTS =
            List.of(ROOT + ".config", ROOT + ".control.toxiproxy", ROOT + ".helidon.SupportedFaults");

    @Test
    void codeKnowsThePositionsOfFaultsAndNoneOfThem() {
        TreeSet<String> offences = new TreeSet<>();
        for (JavaClass type : CODE) {
            boolean may = type.getPackageName().equals(ROOT + ".fault")
                    || NAME_FAULTS.stream().anyMatch(type.getName()::startsWith);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass used = dependency.getTargetClass();
                if (!may && used.isAssignableTo(Fault.class) && !used.isInterface()) {
                    offences.add(type.getSimpleName() + " names " + used.getSimpleName());
                }
            }
        }
        assertEquals(new TreeSet<>(), offences);
    }

    /** {@code src/docs/threads.md} says of each lock what it protects; the lock of one class that another one is handed is there once. */
    @Test
    void everyLockIsInTheList() throws IOException {
        String page = Files.readString(Path.of("src", "docs", "threads.md"));
        Set<String> handed = Set.of(
                "ProxyServer.changing",
                "Toxiproxy.changing",
                "ProxiesApi.changing",
                "Leases.lock", // of ServerContext
                "Decisions.deciding",
                "Effects.lock"); // of Target
        TreeSet<String> missing = CODE.stream()
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getRawType().isAssignableTo(ReentrantLock.class)
                        || field.getRawType().isAssignableTo(Semaphore.class))
                .map(field ->
                        field.getOwner().getName().replaceAll(".*\\.", "").replace('$', '.') + "." + field.getName())
                .filter(lock -> !handed.contains(lock) && !page.contains("`" + lock + "`"))
                .collect(toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(), missing);
    }

    /** Source level 21 still pins a virtual thread that blocks while it holds a monitor. */
    @Test
    void nothingIsSynchronized() throws IOException {
        TreeSet<String> methods = CODE.stream()
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
                .filter(method -> !method.getName().equals("fillInStackTrace")) // Throwable's is
                .map(method -> method.getFullName())
                .collect(toCollection(TreeSet::new));
        Pattern block = Pattern.compile("\\bsynchronized\\s*\\(");
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (block.matcher(Files.readString(file)).find()) {
                    methods.add(file.toString());
                }
            }
        }
        assertEquals(new TreeSet<>(), methods);
    }

    @Test
    void threadsAreVirtualAndBlock() {
        noClasses()
                .that() // Helidon's interfaces name an executor; ours have none
                .areNotAssignableTo(ConnectionContext.class)
                .and()
                .areNotAssignableTo(ListenerContext.class)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Executor.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Executors.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(CompletionStage.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(CompletableFuture.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ForkJoinTask.class)
                .check(CODE);
    }

    @Test
    void onlyTheProgramEndsTheProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cli..")
                .and()
                .doNotBelongToAnyOf(Main.class)
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(CODE);
    }

    @Test
    void everyPackageSaysThatNothingIsNull() {
        TreeSet<String> packages = CODE.stream().map(JavaClass::getPackageName).collect(toCollection(TreeSet::new));
        assertTrue(packages.size() >= 6, "found " + packages);
        packages.removeIf(name -> {
            JavaPackage found = CODE.getPackage(name);
            return found.isAnnotatedWith(NullMarked.class);
        });
        assertEquals(new TreeSet<>(), packages, "these have no @NullMarked in a package-info");
    }

    @Test
    void namesSayWhatAThingIs() {
        Pattern empty = Pattern.compile("Abstract.*|.*(Manager|Helper|Utils?|Utilities|Impl)");
        assertEquals(
                List.of(),
                CODE.stream()
                        .map(JavaClass::getSimpleName)
                        .filter(empty.asMatchPredicate())
                        .toList());
    }
}
