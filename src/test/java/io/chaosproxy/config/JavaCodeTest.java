package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.AllFaults;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JavaCodeTest {
    @TempDir
    Path folder;

    @Test
    void aRuleReadsAsAPersonWouldWriteIt() {
        assertEquals(
                """
                import io.chaosproxy.fault.Latency;
                import io.chaosproxy.fault.Match;
                import io.chaosproxy.fault.Rule;
                import java.time.Duration;

                proxy.inject(Rule.of("it's \\"slow\\"", Latency.between(Duration.ofMillis(50), Duration.ofSeconds(2)).onStream())
                        .probability(0.5)
                        .when(Match.path("/api/**").methods("GET", "PUT"))
                        .ttl(Duration.ofSeconds(300)));
                """,
                JavaCode.of(Rule.of(
                                "it's \"slow\"",
                                Latency.between(Duration.ofMillis(50), Duration.ofSeconds(2))
                                        .onStream())
                        .probability(0.5)
                        .when(Match.path("/api/**").methods("PUT", "GET"))
                        .ttl(Duration.ofMinutes(5))));
    }

    @Test
    void everyRuleCompilesAndIsTheSame() throws Exception {
        List<Rule> rules = new ArrayList<>(Samples.RULES);
        for (int i = 0; i < Samples.FAULTS.size(); i++) {
            rules.add(Rule.of("fault " + i, Samples.FAULTS.get(i)));
        }
        assertEquals(
                AllFaults.classes(),
                rules.stream().map(rule -> rule.fault().getClass()).collect(Collectors.toSet()));
        List<Rule> injected = new ArrayList<>();
        Consumer<Rule> proxy = injected::add;

        compile("Injections", "java.util.function.Consumer<Rule>", rules, "accept")
                .getMethod("run", Consumer.class)
                .invoke(null, proxy);

        assertEquals(rules, injected);
        compile("OnProxies", "io.chaosproxy.ChaosProxy", rules, "inject");
    }

    /** A class with a method for each rule, as their parameter has one method to be called. */
    private Class<?> compile(String name, String parameter, List<Rule> rules, String method) throws Exception {
        Set<String> imports = new TreeSet<>();
        StringBuilder body = new StringBuilder();
        for (Rule rule : rules) {
            String[] parts = JavaCode.of(rule).split("\n\n", 2);
            imports.addAll(parts[0].lines().toList());
            body.append(parts[1].replaceFirst("^proxy\\.inject", "proxy." + method));
        }
        Path file = folder.resolve(name + ".java");
        Files.writeString(
                file,
                String.join("\n", imports) + "\npublic class " + name + " {\npublic static void run(" + parameter
                        + " proxy) {\n" + body + "}\n}\n");
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int code = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        out,
                        out,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        folder.toString(),
                        file.toString());
        assertEquals(0, code, said::toString);
        assertTrue(Files.exists(folder.resolve(name + ".class")));
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, JavaCodeTest.class.getClassLoader())
                .loadClass(name);
    }
}
