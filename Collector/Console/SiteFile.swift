/// The files of the page; they are part of the program.
enum SiteFile: Sendable {
    case page, style, script

    var content: [UInt8] {
        switch self {
        case .page: PackageResources.index_html
        case .style: PackageResources.console_css
        case .script: PackageResources.console_js
        }
    }

    var mediaType: String {
        switch self {
        case .page: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        }
    }
}
