import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Builds an image without a Docker daemon and from an empty base: {@code target/image/oci} in the layout of OCI, and the same as
 * {@code target/image/chaos-proxy.tar}. In it are a Java runtime of the modules that are needed, the C library and whatever else ldd
 * names, the program with an archive of its classes, and a user; no shell. It is for the kind of machine that it is built on.
 *
 * <p>The same program, JDK, C library and list of classes give the same digest: times are that of the project, orders are those of names.
 * The list comes from a run of the program, and two runs load a few classes more or less; so it is kept in {@code target/image} for the
 * next build, and lies in the image for others.
 */
final class Image {
    /** What the program and its libraries need of the JDK. */
    private static final String MODULES =
            "java.base,java.logging,java.management,java.naming,jdk.jfr,jdk.management,jdk.net,jdk.unsupported";

    private static final Pattern LIBRARY = Pattern.compile("(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");
    private static final String USER = "65532:65532"; // nonroot, as in distroless images and in k8s/
    private static final String HOME = "opt/chaos-proxy";
    private static final String ARCHIVE = HOME + "/lib/chaos-proxy.jsa";
    private static final String ARGUMENTS = "chaos-proxy";
    private static final int CHECKSUMS = 0x1000; // of an archive are in its first page
    private static final int MOMENTS = 1_000;

    private final Path installed;
    private final Path work;
    private final Path root;
    private final FileTime time;

    private Image(Path installed, Path work, Instant time) {
        this.installed = installed;
        this.work = work;
        this.root = work.resolve("root");
        this.time = FileTime.from(time);
    }

    /**
     * The folder of the installed program, the folder to build in, the time of all files, the name of the image, and, if it isn't to be
     * recorded or reused, the list of classes.
     */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.version().feature() < 25) {
            throw new IllegalStateException("the image needs JDK 25 or newer, this is " + Runtime.version());
        }
        Image image = new Image(
                Path.of(arguments[0]).toAbsolutePath(),
                Path.of(arguments[1]).toAbsolutePath(),
                Instant.parse(arguments[2]));
        image.clean();
        if (arguments.length > 4) {
            Files.copy(Path.of(arguments[4]), image.list(), StandardCopyOption.REPLACE_EXISTING);
        }
        image.runtime();
        image.libraries();
        image.program();
        image.system();
        image.archive();
        image.pack(arguments[3]);
    }

    private void clean() throws IOException {
        for (String folder : List.of("root", "oci")) {
            delete(work.resolve(folder));
        }
        Files.createDirectories(root.resolve("opt"));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** The program's options are those of the runtime, so that all others, JDK_JAVA_OPTIONS included, are stronger. */
    private void runtime() throws IOException, InterruptedException {
        String options = Files.readAllLines(installed.resolve("lib/jvm.options")).stream()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.joining(" "));
        run(
                List.of(
                        jdk("jlink"),
                        "--add-modules",
                        MODULES,
                        "--add-options",
                        // Buffers lie outside of the heap, so half of the container's memory is left to them.
                        options + " -XX:MaxRAMPercentage=50",
                        "--strip-java-debug-attributes",
                        "--no-header-files",
                        "--no-man-pages",
                        "--output",
                        runtimeFolder().toString()),
                work);
        for (String unused : List.of("bin/keytool", "bin/jrunscript", "bin/jfr", "bin/jwebserver", "lib/jexec")) {
            Files.deleteIfExists(runtimeFolder().resolve(unused));
        }
    }

    private Path runtimeFolder() {
        return root.resolve("opt/java");
    }

    private static String jdk(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    /** The loader and the shared libraries of the machine that the runtime's programs and libraries need, where they lie here. */
    private void libraries() throws IOException, InterruptedException {
        Map<String, Path> found = new TreeMap<>();
        for (Path binary : files(runtimeFolder(), Image::isBinary)) {
            Matcher library = LIBRARY.matcher(run(List.of("ldd", binary.toString()), work));
            while (library.find()) {
                Path path = Path.of(library.group(1)).normalize();
                if (!path.startsWith(root)) {
                    found.put(path.toString(), path.toRealPath());
                }
            }
        }
        for (Map.Entry<String, Path> library : found.entrySet()) {
            copy(library.getValue(), library.getKey().substring(1));
        }
    }

    private static boolean isBinary(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".so") || file.getParent().endsWith("bin") || name.equals("jspawnhelper");
    }

    private void program() throws IOException {
        for (Path jar : files(installed.resolve("lib"), path -> path.toString().endsWith(".jar"))) {
            copy(jar, HOME + "/lib/" + jar.getFileName());
        }
        copy(installed.resolve("LICENSE"), HOME + "/LICENSE");
        write(
                ARGUMENTS,
                String.join(
                        "\n", "-XX:SharedArchiveFile=/" + ARCHIVE, "-cp", classPath("/"), "io.chaosproxy.Main", ""));
    }

    private String classPath(String before) throws IOException {
        return files(root.resolve(HOME + "/lib"), path -> path.toString().endsWith(".jar")).stream()
                .map(jar -> before + root.relativize(jar))
                .collect(Collectors.joining(":"));
    }

    /** What a runtime for containers doesn't bring: names of users, and the order in which names of hosts are looked up. */
    private void system() throws IOException {
        write("etc/passwd", "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n");
        write("etc/group", "root:x:0:\nnonroot:x:65532:\n");
        write("etc/nsswitch.conf", "hosts: files dns\n");
        Files.createDirectories(root.resolve("etc/chaos-proxy"));
        Files.createDirectories(root.resolve("tmp"));
    }

    /**
     * Classes that the program loads, parsed and linked (JEP 483). Jars are known again by their times, so all files get theirs first.
     * Two dumps of one list differ in the moments at which soft references were used, in milliseconds since the machine was started, and
     * in checksums over these, which only -XX:+VerifySharedSpaces compares; they become zeros.
     */
    private void archive() throws Exception {
        for (Path file : files(root, path -> true)) {
            Files.setLastModifiedTime(file, time);
        }
        Path list = list();
        if (!Files.exists(list)) {
            Path loaded = work.resolve("loaded.lst");
            Train.run(
                    installed, runtimeFolder(), loaded.getParent(), "-XX:DumpLoadedClassList=" + loaded.getFileName());
            Files.writeString(list, Train.normal(Files.readAllLines(loaded)));
        }
        byte[] archive = dump(list);
        byte[] again = dump(list);
        withoutMoments(archive, again);
        Path file = root.resolve(ARCHIVE);
        Files.write(file, archive);
        copy(list, HOME + "/lib/classes.lst");
        Files.setLastModifiedTime(file, time);
    }

    private Path list() {
        return work.resolve("classes.lst");
    }

    /** In the root, with names of jars that are relative to it: an archive has these names, and is valid below any other folder. */
    private byte[] dump(Path list) throws IOException, InterruptedException {
        Path file = work.resolve("dump.jsa");
        run(
                List.of(
                        runtimeFolder().resolve("bin/java").toString(),
                        "-Xint", // what compilers have done by then is not in it
                        "-Xshare:dump",
                        "-XX:+AOTClassLinking",
                        "-XX:SharedClassListFile=" + list,
                        "-XX:SharedArchiveFile=" + file,
                        "-cp",
                        classPath("")),
                root);
        byte[] dumped = Files.readAllBytes(file);
        Files.delete(file);
        return dumped;
    }

    private static void withoutMoments(byte[] archive, byte[] again) {
        if (archive.length != again.length) {
            throw new IllegalStateException(
                    "two archives of the same classes have " + archive.length + " and " + again.length + " bytes");
        }
        int different = 0;
        for (int at = 0; at + 8 <= archive.length; at += 4) {
            ByteBuffer one = ByteBuffer.wrap(archive);
            boolean isHeader = at < CHECKSUMS;
            if (one.getInt(at) != ByteBuffer.wrap(again).getInt(at)) {
                different++;
                if (isHeader) {
                    one.putInt(at, 0);
                } else {
                    one.putLong(at & ~7, 0);
                }
            }
        }
        if (different > MOMENTS) {
            throw new IllegalStateException("two archives of the same classes differ in " + different + " words");
        }
    }

    private void pack(String name) throws Exception {
        Path tar = work.resolve("chaos-proxy.tar");
        Jib.fromScratch()
                .setFormat(ImageFormat.OCI)
                .setPlatforms(Set.of(new Platform(architecture(), "linux")))
                .addFileEntriesLayer(layer("runtime", path -> !path.startsWith(HOME) && !path.startsWith(ARGUMENTS)))
                .addFileEntriesLayer(layer("libraries", path -> path.startsWith(HOME) && isLibrary(path)))
                .addFileEntriesLayer(layer(
                        "program", path -> path.startsWith(ARGUMENTS) || path.startsWith(HOME) && !isLibrary(path)))
                .setCreationTime(time.toInstant())
                .setUser(USER)
                .setEnvironment(Map.of("PATH", "/opt/java/bin", "LANG", "C.UTF-8"))
                .setWorkingDirectory(AbsoluteUnixPath.get("/"))
                .setEntrypoint("/opt/java/bin/java", "@/" + ARGUMENTS)
                .setProgramArguments("run", "/etc/chaos-proxy/chaos-proxy.conf")
                .setExposedPorts(Port.tcp(8474))
                .setLabels(Map.of(
                        "org.opencontainers.image.title", "chaos-proxy",
                        "org.opencontainers.image.version", name.substring(name.indexOf(':') + 1),
                        "org.opencontainers.image.licenses", "Apache-2.0"))
                .containerize(Containerizer.to(TarImage.at(tar).named(name))
                        .setOfflineMode(true)
                        .setBaseImageLayersCache(work.resolve("cache"))
                        .setApplicationLayersCache(work.resolve("cache"))
                        .setToolName("chaos-proxy"));
        unpack(tar, work.resolve("oci"));
        delete(work.resolve("cache"));
    }

    private static boolean isLibrary(Path path) {
        String file = path.getFileName().toString();
        return file.endsWith(".jar") && !file.startsWith("chaos-proxy");
    }

    private static String architecture() {
        String here = System.getProperty("os.arch");
        return here.equals("aarch64") ? "arm64" : here;
    }

    private FileEntriesLayer layer(String name, Predicate<Path> wanted) throws IOException {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(name);
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(path -> wanted.test(root.relativize(path)))
                    .sorted()
                    .toList()) {
                Path inside = root.relativize(path);
                if (!inside.toString().isEmpty()) {
                    layer.addEntry(
                            path, AbsoluteUnixPath.get("/" + inside), permissions(path, inside), time.toInstant());
                }
            }
        }
        return layer.build();
    }

    private static FilePermissions permissions(Path path, Path inside) {
        if (inside.endsWith("tmp")) {
            return FilePermissions.fromOctalString("777");
        }
        return FilePermissions.fromOctalString(Files.isDirectory(path) || Files.isExecutable(path) ? "755" : "644");
    }

    private static void unpack(Path tar, Path folder) throws IOException {
        try (InputStream in = Files.newInputStream(tar);
                TarArchiveInputStream entries = new TarArchiveInputStream(in)) {
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(entries, file);
            }
        }
    }

    private static List<Path> files(Path folder, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).filter(wanted).sorted().toList();
        }
    }

    private void copy(Path file, String inside) throws IOException {
        Path to = root.resolve(inside);
        Files.createDirectories(to.getParent());
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(to, time);
    }

    private void write(String inside, String text) throws IOException {
        Path to = root.resolve(inside);
        Files.createDirectories(to.getParent());
        Files.writeString(to, text);
    }

    private static String run(List<String> command, Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
        return said;
    }
}
