package io.chaosproxy.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.Main;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/** Commands of JVMs that tests start. There are many and each lives for seconds, so their start is made cheap. */
public final class Jvm {
    /**
     * The optimizing compiler would cost more than it saves; the program as it is installed has this collector, too. Nothing is
     * said about an archive of classes that doesn't fit.
     */
    private static final List<String> OPTIONS = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xlog:disable",
            "--enable-native-access=ALL-UNNAMED", // these two let streams be spliced, as by the launcher
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Dchaosproxy.poller="
                    + System.getProperty("chaosproxy.poller", "virtual")); // as here; profile platform-poller

    private Jvm() {}

    /** The beginning of a command: the java of the tests, and options. */
    public static List<String> command(List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(options);
        return command;
    }

    /** The beginning of a command of another tool of that JDK, such as {@code keytool}. */
    public static List<String> tool(String name) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", name).toString());
        OPTIONS.forEach(option -> command.add("-J" + option));
        return command;
    }

    /** The beginning of a command with the class path of the tests; what follows is a main class and its arguments. */
    public static List<String> withClassPath(List<String> options) {
        List<String> command = command(options);
        command.addAll(List.of("-XX:SharedArchiveFile=" + Archive.FILE, "-cp", Jars.CLASS_PATH));
        return command;
    }

    /** The class path without the entries whose name begins like this. */
    public static String classPathWithout(String name) {
        return Jars.classPath(entry -> !entry.getFileName().toString().startsWith(name));
    }

    /** Only the classes of the program and of its tests. */
    public static String ownClasses() {
        return Jars.classPath(entry -> entry.startsWith(Jars.FOLDER));
    }

    /** Classes in jars, as people run them: those in a folder can't be loaded once descriptors have run out. */
    private static final class Jars {
        static final Path FOLDER = temporary("jars");
        private static final List<Path> ENTRIES = Stream.of(
                        System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(Path::of)
                .filter(Files::exists)
                .map(entry -> Files.isDirectory(entry) ? jar(entry) : entry)
                .toList();
        static final String CLASS_PATH = classPath(entry -> true);

        private Jars() {}

        static String classPath(Predicate<Path> wanted) {
            return ENTRIES.stream().filter(wanted).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        }

        private static Path jar(Path root) {
            Path jar = FOLDER.resolve(root.getFileName() + ".jar");
            jar.toFile().deleteOnExit();
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                    Stream<Path> files = Files.walk(root)) {
                out.setLevel(Deflater.NO_COMPRESSION);
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    out.putNextEntry(new JarEntry(root.relativize(file).toString()));
                    Files.copy(file, out);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return jar;
        }
    }

    /** The classes that a start of the program loads, parsed and checked (class data sharing): a third of its processor time. */
    private static final class Archive {
        static final Path FILE = write(temporary("archive"));

        private Archive() {}

        /** Written by a JVM at its end, and used by each that has the same class path. */
        private static Path write(Path folder) {
            Path file = folder.resolve("program.jsa");
            Path conf = folder.resolve("chaos-proxy.conf");
            file.toFile().deleteOnExit();
            conf.toFile().deleteOnExit();
            try {
                Files.writeString(
                        conf,
                        "chaos-proxy { seed = 1, control.listen = \"127.0.0.1:0\", proxies { web { protocol = http,"
                                + " listen = \"127.0.0.1:0\", upstream = \"http://127.0.0.1:1\" } } }");
                List<String> command = command(List.of("-XX:ArchiveClassesAtExit=" + file, "-cp", Jars.CLASS_PATH));
                command.addAll(List.of(Main.class.getName(), "run", conf.toString()));
                Process process =
                        Child.builder(command).redirectErrorStream(true).start();
                try (BufferedReader said = process.inputReader(UTF_8)) {
                    String line = said.readLine();
                    while (line != null && !line.startsWith("control ")) { // the last that it says at its start
                        line = said.readLine();
                    }
                    process.toHandle().destroy(); // an orderly end, with its output left open
                    said.lines().forEach(rest -> {});
                } finally {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return file;
        }
    }

    private static Path temporary(String name) {
        try {
            Path folder = Files.createTempDirectory(name);
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
