// Mermaid from this site instead of from another host, and only on pages that have a diagram.
//
// Zensical asks window.mermaid to initialize and to render; this stands in for it until the first
// diagram, loads mermaid.min.js from beside this file, which takes its place, and hands over.
{
  const address = new URL("mermaid.min.js", document.currentScript.src)
  let settings = {}
  let loaded

  const load = () =>
    (loaded ??= new Promise((resolve, reject) => {
      const script = document.createElement("script")
      script.src = address
      script.onload = () => {
        // The defaults refuse diagrams of the size of an account's tables.
        window.mermaid.initialize({ ...settings, maxTextSize: 500000, maxEdges: 2000 })
        resolve(window.mermaid)
      }
      script.onerror = () => reject(new Error(`${address} is not there`))
      document.head.append(script)
    }))

  window.mermaid = {
    initialize: (given) => {
      settings = given
    },
    render: async (...diagram) => (await load()).render(...diagram),
  }
}
