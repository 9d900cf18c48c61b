import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.cyclonedx.Version;
import org.cyclonedx.generators.BomGeneratorFactory;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Dependency;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.License;
import org.cyclonedx.model.LicenseChoice;
import org.cyclonedx.parsers.JsonParser;

/**
 * Adds the npm packages that the dashboard is made with to the bill of materials, which Maven's plugin makes of Maven's dependencies
 * alone. The packages are those that {@link Vendor} has put into the jar; a build without the dashboard lists none.
 *
 * <p>Run by the build as a source file, with CycloneDX's library on the class path.
 */
final class Materials {
    private static final String STAMP = "io/chaosproxy/control/ui/vendor/versions.txt";

    /** How a Package-URL of npm begins. */
    private static final String NPM = "pkg:npm/";

    private Materials() {}

    /** The folder of the build's output, which has {@code bom.json} and {@code bom.xml}. */
    public static void main(String[] arguments) throws Exception {
        Path target = Path.of(arguments[0]);
        Path stamp = target.resolve("classes").resolve(STAMP);
        if (!Files.exists(stamp)) {
            return;
        }
        Path json = target.resolve("bom.json");
        Bom bom = new JsonParser().parse(json.toFile());
        if (bom.getComponents().stream()
                .anyMatch(component -> component.getPurl().startsWith(NPM))) {
            return; // has been here before
        }
        // npm's record of what it has installed, by folder
        JsonNode installed = new ObjectMapper()
                .readTree(target.resolve("npm/node_modules/.package-lock.json").toFile())
                .required("packages");
        List<Component> packages = new ArrayList<>();
        for (String each : Files.readAllLines(stamp)) {
            String name = each.substring(0, each.lastIndexOf('@'));
            packages.add(component(name, installed.required("node_modules/" + name)));
        }
        bom.getComponents().addAll(packages);
        dependsOn(bom, packages);
        bom.getMetadata().setTimestamp(null); // the parser has put the time of this build there, where there was none
        Version format = Version.fromVersionString(bom.getSpecVersion());
        Files.writeString(json, BomGeneratorFactory.createJson(format, bom).toJsonString());
        Files.writeString(
                target.resolve("bom.xml"),
                BomGeneratorFactory.createXml(format, bom).toXmlString());
    }

    private static Component component(String name, JsonNode installed) {
        String version = installed.required("version").asText();
        int scope = name.lastIndexOf('/');
        Component component = new Component();
        component.setType(Component.Type.LIBRARY);
        if (scope > 0) {
            component.setGroup(name.substring(0, scope));
        }
        component.setName(name.substring(scope + 1));
        component.setVersion(version);
        component.setScope(Component.Scope.REQUIRED);
        component.setPurl(NPM + name.replace("@", "%40") + "@" + version); // as the type npm of Package-URL has it
        component.setBomRef(component.getPurl());
        component.setHashes(List.of(new Hash(
                Hash.Algorithm.SHA_512, sha512(installed.required("integrity").asText()))));
        License license = new License();
        license.setId(installed.required("license").asText());
        LicenseChoice choice = new LicenseChoice();
        choice.addLicense(license);
        component.setLicenses(choice);
        return component;
    }

    /** Of the package's archive, from Subresource Integrity's notation (W3C, section 3.5), in hexadecimal digits. */
    private static String sha512(String integrity) {
        if (!integrity.startsWith("sha512-")) {
            throw new IllegalStateException("not a SHA-512: " + integrity);
        }
        return HexFormat.of().formatHex(Base64.getDecoder().decode(integrity.substring("sha512-".length())));
    }

    private static void dependsOn(Bom bom, List<Component> packages) throws IOException {
        String program = bom.getMetadata().getComponent().getBomRef();
        Dependency ofProgram = bom.getDependencies().stream()
                .filter(dependency -> dependency.getRef().equals(program))
                .findFirst()
                .orElseThrow(() -> new IOException("the bill of materials has no dependencies of " + program));
        for (Component each : packages) {
            ofProgram.addDependency(new Dependency(each.getBomRef()));
            bom.addDependency(new Dependency(each.getBomRef()));
        }
    }
}
