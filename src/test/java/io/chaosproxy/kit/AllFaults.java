package io.chaosproxy.kit;

import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.SlowHandshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The faults of the program: every record of their package. */
public final class AllFaults {
    /** Forms of a type that are records of their own, and a record that is not named after its type. */
    private static final Map<Class<?>, String> OTHER_NAMES = Map.of(
            ResetAtAccept.class, "reset",
            ResetInTls.class, "reset",
            SlowHandshake.class, "latency",
            BadCertificate.class, "certificate");

    private AllFaults() {}

    /** Their records. */
    public static Set<Class<?>> classes() {
        try (Stream<Path> files = Files.list(Path.of("src", "main", "java", "io", "chaosproxy", "fault"))) {
            return files.map(file -> file.getFileName().toString().replace(".java", ""))
                    .filter(name -> !name.endsWith("-info"))
                    .map(AllFaults::load)
                    .filter(type -> Fault.class.isAssignableFrom(type) && !type.isInterface())
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Their types in a configuration. */
    public static Set<String> types() {
        return classes().stream().map(AllFaults::type).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The type in a configuration: that of SlowClose is slow-close. */
    public static String type(Class<?> fault) {
        return OTHER_NAMES.containsKey(fault)
                ? OTHER_NAMES.get(fault)
                : fault.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(Fault.class.getPackageName() + "." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
